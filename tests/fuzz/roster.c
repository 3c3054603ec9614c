/* /v1/models of a stranger: any bytes are read without harm; names that are
 * taken are bounded, and come back from the YAML that is made of them. */
#include <stddef.h>
#include <stdint.h>

#include "common/base/assert.h"
#include "router/roster.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* YAML has no way to write some characters; it is then a fault. */
static void check_name(struct slice name)
{
	struct conf_faults faults = {0};
	struct buf yaml = {0};
	struct conf *c;

	ASSERT(name.n > 0 && name.n <= ROSTER_MAX_NAME_BYTES);
	buf_puts(&yaml, "models:\n- name: ");
	buf_json_string(&yaml, name);
	buf_puts(&yaml, "\n  workers: [http://127.0.0.1:1]\n");
	c = conf_parse_numeric(buf_slice(&yaml), "fuzz", &faults);
	ASSERT((c == NULL) == (faults.n > 0));
	ASSERT(c == NULL || slice_equal(slice_of(c->model[0].name), name));
	conf_unref(&c);
	buf_fini(&faults.text);
	buf_fini(&yaml);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct slice body = {(const char *)bytes, n};
	struct roster r = {0};
	struct error err = {0};
	struct arena arena;

	arena_init(&arena);
	if (roster_parse(body, &arena, &r, &err) == OK) {
		ASSERT(r.n_names > 0);
		ASSERT(r.n_names + r.n_loras <= ROSTER_MAX_NAMES);
		check_name(r.name[0]);
	} else {
		ASSERT(r.n_names == 0 && err.text[0] != '\0');
	}
	arena_fini(&arena);
	return 0;
}
