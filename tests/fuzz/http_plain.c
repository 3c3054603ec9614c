/* What is read in one pass is read as the long way would read it. */
#include <stdint.h>
#include <string.h>

#include "common/base/assert.h"
#include "common/base/mem.h"
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

/* They point to headers of different arrays. */
static void same_header(const struct http_head *a, const struct http_header *x,
			const struct http_head *b, const struct http_header *y)
{
	ASSERT((x == NULL) == (y == NULL));
	ASSERT(x == NULL || x - a->header == y - b->header);
}

static void compare_seen(const struct http_head *a, const struct http_seen *x,
			 const struct http_head *b, const struct http_seen *y)
{
	same_header(a, x->host, b, y->host);
	same_header(a, x->length, b, y->length);
	same_header(a, x->coding, b, y->coding);
	same_header(a, x->expect, b, y->expect);
	ASSERT(x->content_length == y->content_length);
	ASSERT(x->host_again == y->host_again && !y->coding_again);
	ASSERT(x->expect_again == y->expect_again);
	ASSERT(!y->length_again && !y->length_bad && !y->others);
	ASSERT(x->close == y->close && x->keep_alive == y->keep_alive);
}

static void check(enum http_side side, struct slice text,
		  const struct http_head *plain,
		  const struct http_seen *plain_seen)
{
	const struct http_limits limits = {.max_head_bytes = text.n,
					   .max_headers = ROOM};
	struct http_header header[ROOM];
	struct http_head head;
	struct http_seen seen;
	struct http_fault fault;

	ASSERT(http_head_read(side, text, &limits, header, ROOM, &head, &seen,
			      &fault) == OK);
	compare(plain, &head);
	compare_seen(plain, plain_seen, &head, &seen);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct http_header header[ROOM];
	struct http_head head;
	struct http_seen seen;
	enum http_side side;
	char *text;
	size_t used;

	if (n == 0)
		return 0;
	side = bytes[0] & 1 ? HTTP_CLIENT : HTTP_SERVER;
	text = mem_zalloc(n - 1 + HTTP_PLAIN_ZEROS);
	memcpy(text, bytes + 1, n - 1);
	used = http_plain_read(side, text, header, ROOM, &head, &seen);
	ASSERT(used < n);
	if (used > 0)
		check(side, (struct slice){text, used}, &head, &seen);
	mem_free(text);
	return 0;
}
