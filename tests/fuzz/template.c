/* Any source either loads or is refused with a sentence; what loads
 * renders within its limits, twice the same, and leaves nothing behind
 * when it fails. The bytes behind the first NUL, if they are JSON, are
 * the variable `messages`. */
#include <string.h>

#include "common/base/assert.h"
#include "common/template/from_json.h"
#include "common/template/template.h"

#define MAX_BYTES (1u << 16)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static enum status render(const struct template *t, struct slice json,
			  struct buf *out)
{
	struct template_limits limits = {
		.max_steps = 20000,
		.max_bytes = MAX_BYTES,
		.max_memory_bytes = 4u << 20,
		.max_calls = 32,
	};
	struct tm now = {.tm_year = 125, .tm_mday = 1};
	struct value messages, d;
	struct error err = {0};
	struct arena arena;
	arena_init(&arena);
	d = value_dict(&arena);
	dict_set_text(d.dict, "x", value_text("<a 'b'>"));
	if (value_from_json(json, 32, &arena, &messages) == OK)
		dict_set_text(d.dict, "messages", messages);
	enum status status = template_render(t, d.dict, &now, &limits, NULL,
					     NULL, &arena, out, &err);
	ASSERT(status == err.status);
	ASSERT(status == OK || buf_len(out) == 0);
	ASSERT(buf_len(out) <= 8 * MAX_BYTES);
	arena_fini(&arena);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct slice source = {(const char *)bytes, n}, json = {"", 0};
	struct template *t;
	struct error err = {0};
	size_t cut = slice_find(source, '\0');
	if (cut < n) {
		json = slice_from(source, cut + 1);
		source.n = cut;
	}
	enum status status = template_load(source, &t, &err);
	ASSERT(status == err.status);
	if (status != OK)
		return 0;
	struct buf a, b;
	buf_init(&a);
	buf_init(&b);
	status = render(t, json, &a);
	ASSERT(render(t, json, &b) == status);
	ASSERT(slice_equal(buf_slice(&a), buf_slice(&b)));
	buf_fini(&a);
	buf_fini(&b);
	template_unref(&t);
	return 0;
}
