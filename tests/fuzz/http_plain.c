/* What is read in one pass is read as the long way would read it. */
#include <stdint.h>
#include <string.h>

#include "common/base/assert.h"
#include "common/http/plain.h"

#define ROOM 32

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void same(struct slice a, struct slice b)
{
	ASSERT(a.n == b.n && (a.n == 0 || a.p == b.p));
}

/* So that it may be copied as it is, with the next. */
static void assert_plain_line(const struct http_head *h, size_t i)
{
	struct slice value = h->header[i].value;
	const char *end = value.p + value.n;
	ASSERT(h->lines_are_plain && value.n > 0);
	ASSERT(end[0] == '\r' && end[1] == '\n');
	ASSERT(i + 1 == h->n_headers || h->header[i + 1].name.p == end + 2);
	for (; value.n > 0; value = slice_from(value, 1))
		ASSERT(value.p[0] >= 0x20 && value.p[0] < 0x7f);
}

static void compare(const struct http_head *a, const struct http_head *b)
{
	ASSERT(a->method == b->method && a->status == b->status);
	ASSERT(a->minor == b->minor && a->n_headers == b->n_headers);
	ASSERT(a->content_length == b->content_length);
	same(a->method_text, b->method_text);
	same(a->target, b->target);
	same(a->reason, b->reason);
	for (size_t i = 0; i < a->n_headers; i++) {
		same(a->header[i].name, b->header[i].name);
		same(a->header[i].value, b->header[i].value);
		ASSERT(a->header[i].id == b->header[i].id);
		assert_plain_line(a, i);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const struct http_limits limits = {.max_head_bytes = n,
					   .max_headers = ROOM};
	struct http_header plain[ROOM], header[ROOM];
	struct slice all = {(const char *)bytes + 1, n ? n - 1 : 0};
	struct http_head a, b;
	struct http_fault fault;
	enum http_side side;

	if (n == 0)
		return 0;
	side = bytes[0] & 1 ? HTTP_CLIENT : HTTP_SERVER;
	all.n = http_plain_read(side, all, plain, ROOM, &a);
	if (all.n == 0)
		return 0;
	ASSERT(http_head_read(side, all, &limits, header, ROOM, &b, &fault) ==
	       OK);
	compare(&a, &b);
	return 0;
}
