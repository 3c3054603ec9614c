/* Two readers of a head, which have nothing in common, come to the same: it
 * is taken or it is not, and every field of it. */
#include <stdint.h>
#include <stdlib.h>

#include "common/http/parser.h"
#include "tests/fuzz/naive_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const struct http_limits limits = {
	.max_head_bytes = 64 * 1024,
	.max_headers = NAIVE_MAX_HEADERS,
};

struct taken {
	const struct naive *naive; /* NULL: refused there */
	bool seen;
};

static void same(struct slice ours, struct slice theirs)
{
	ASSERT(slice_equal(ours, theirs));
}

static void on_head(void *arg, const struct http_head *h)
{
	struct taken *t = arg;
	const struct naive *n = t->naive;
	ASSERT(n != NULL && !t->seen);
	t->seen = true;
	same(h->method_text, n->method);
	same(h->target, n->target);
	same(h->path, n->path);
	same(h->query, n->query);
	same(h->host, n->host);
	same(h->reason, n->reason);
	ASSERT(h->status == n->status && h->minor == n->minor);
	ASSERT(h->n_headers == n->n_headers);
	for (size_t i = 0; i < h->n_headers; i++) {
		same(h->header[i].name, n->name[i]);
		same(h->header[i].value, n->value[i]);
	}
	ASSERT(h->framing == n->framing);
	ASSERT(h->content_length == n->content_length);
	ASSERT(h->keep_alive == n->keep_alive);
	ASSERT(h->connection_is_plain == n->plain_connection);
	ASSERT(h->expect_continue == n->expect);
}

static void on_body(void *arg, struct slice bytes)
{
	(void)arg;
	(void)bytes;
}

static void on_end(void *arg)
{
	(void)arg;
}

static const struct http_events events = {on_head, on_body, on_end};

/* The head alone, in parts of `step`. */
static void feed(struct taken *t, enum http_side side, bool to_head,
		 struct slice head, size_t step)
{
	struct http_parser p;
	enum status st = OK;
	http_parser_init(&p, side, &limits, &events, t);
	if (to_head)
		http_parser_expect_no_body(&p);
	while (st == OK && head.n > 0) {
		struct slice part = {head.p, head.n < step ? head.n : step};
		size_t used = 0;
		st = http_parser_feed(&p, part, &used);
		head = slice_from(head, used);
	}
	http_parser_fini(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct slice head = {(const char *)bytes + 1, n ? n - 1 : 0};
	struct naive naive;
	bool taken, to_head = n > 0 && (bytes[0] & 2);
	enum http_side side = n > 0 && (bytes[0] & 1) ? HTTP_CLIENT
						      : HTTP_SERVER;
	head.n = naive_find_end(head);
	if (head.n == 0 || head.n > limits.max_head_bytes)
		return 0;
	/* An empty line before a request is passed over. */
	if (slice_starts(head, SLICE("\r\n")))
		return 0;
	to_head &= side == HTTP_CLIENT;
	taken = side == HTTP_SERVER ? naive_request(&naive, head)
				    : naive_answer(&naive, head, to_head);
	if (naive.n_lines == NAIVE_MAX_LINES)
		return 0;
	/* An interim answer is passed over and not told. */
	if (side == HTTP_CLIENT && taken && naive.status < 200)
		return 0;
	const size_t steps[] = {head.n, head.n / 2 + 1, 7, 1};
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		struct taken t = {.naive = taken ? &naive : NULL};
		feed(&t, side, to_head, head, steps[i]);
		ASSERT(t.seen == taken);
	}
	return 0;
}
