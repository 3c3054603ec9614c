/* One message fed whole, byte by byte and in two parts must lead to the
 * same; and what is taken, llhttp by itself must take, with that body. */
#ifndef TESTS_FUZZ_HTTP_H
#define TESTS_FUZZ_HTTP_H

#include <llhttp.h>

#include "common/base/assert.h"
#include "common/http/parser.h"

static const struct http_limits fuzz_limits = {
	.max_head_bytes = 2048,
	.max_target_bytes = 512,
	.max_headers = 32,
	.max_header_bytes = 1024,
	.max_body_bytes = 1024,
	.max_extension_bytes = 64,
	.max_trailer_bytes = 128,
};

struct fuzz_trace {
	struct buf text, body;
	enum status status;
	unsigned error_status;
	size_t consumed;
	bool done;
};

static void fuzz_head(void *arg, const struct http_head *h)
{
	struct fuzz_trace *t = arg;
	buf_append(&t->text, h->method_text);
	buf_append(&t->text, h->path);
	buf_append(&t->text, h->host);
	buf_append(&t->text, h->reason);
	for (size_t i = 0; i < h->n_headers; i++) {
		buf_append(&t->text, h->header[i].name);
		buf_append(&t->text, h->header[i].value);
	}
	buf_printf(&t->text, "%u %u %d %d", h->status, h->minor, h->framing,
		   h->keep_alive);
}

static void fuzz_body(void *arg, struct slice bytes)
{
	struct fuzz_trace *t = arg;
	ASSERT(bytes.n > 0);
	buf_append(&t->body, bytes);
}

static void fuzz_end(void *arg)
{
	struct fuzz_trace *t = arg;
	ASSERT(!t->done);
	t->done = true;
}

static const struct http_events fuzz_events = {fuzz_head, fuzz_body, fuzz_end};

/* What may be passed on as chunks is just that. */
static void fuzz_chunks(struct slice part, size_t consumed)
{
	struct http_chunked c;
	struct slice data;
	size_t n;
	http_chunked_init(&c, &fuzz_limits);
	ASSERT(part.n == consumed && part.n > 0);
	while (part.n > 0) {
		ASSERT(http_chunked_step(&c, part, &n, &data) == OK);
		ASSERT(n > 0 && data.n > 0);
		part = slice_from(part, n);
	}
	ASSERT(http_chunked_step(&c, SLICE("0\r\n\r\n"), &n, &data) == OK);
	ASSERT(http_chunked_done(&c));
}

static void fuzz_feed(struct fuzz_trace *t, enum http_side side,
		      struct slice text, size_t step)
{
	struct http_parser p;
	*t = (struct fuzz_trace){.status = OK};
	buf_init(&t->text);
	buf_init(&t->body);
	http_parser_init(&p, side, &fuzz_limits, &fuzz_events, t);
	while (t->status == OK && t->consumed < text.n && !t->done) {
		struct slice part = slice_from(text, t->consumed);
		size_t n = 0;
		if (part.n > step)
			part.n = step;
		t->status = http_parser_feed(&p, part, &n);
		ASSERT(n <= part.n);
		if (t->status == OK && http_parser_fed_chunks(&p))
			fuzz_chunks(part, n);
		t->consumed += n;
	}
	if (t->status == OK)
		t->status = http_parser_finish(&p);
	if (t->status != OK && t->status != ERR_CLOSED)
		t->error_status = http_parser_error_status(&p);
	http_parser_fini(&p);
}

static void fuzz_trace_fini(struct fuzz_trace *t)
{
	buf_fini(&t->text);
	buf_fini(&t->body);
}

/* Of a body that is refused, how much was told before depends on the cuts. */
static void fuzz_same_body(const struct fuzz_trace *a,
			   const struct fuzz_trace *b)
{
	struct slice x = buf_slice(&a->body), y = buf_slice(&b->body);

	if (a->status == OK || a->status == ERR_CLOSED)
		ASSERT(slice_equal(x, y));
	else
		ASSERT(slice_starts(x, y) || slice_starts(y, x));
}

static void fuzz_same(const struct fuzz_trace *a, const struct fuzz_trace *b)
{
	ASSERT(a->done == b->done);
	ASSERT(a->status == b->status);
	ASSERT(a->error_status == b->error_status);
	ASSERT(slice_equal(buf_slice(&a->text), buf_slice(&b->text)));
	fuzz_same_body(a, b);
	ASSERT(!a->done || a->consumed == b->consumed);
}

static int theirs_body(llhttp_t *l, const char *at, size_t n)
{
	buf_append(l->data, (struct slice){at, n});
	return 0;
}

static int theirs_end(llhttp_t *l)
{
	/* Interim answers are followed by another. */
	return l->type == HTTP_RESPONSE && l->status_code < 200 ? 0
								: HPE_PAUSED;
}

static void fuzz_llhttp(enum http_side side, struct slice text,
			const struct fuzz_trace *ours)
{
	static llhttp_settings_t settings = {
		.on_body = theirs_body,
		.on_message_complete = theirs_end,
	};
	llhttp_t l;
	struct buf body;
	buf_init(&body);
	llhttp_init(&l, side == HTTP_SERVER ? HTTP_REQUEST : HTTP_RESPONSE,
		    &settings);
	l.data = &body;
	llhttp_errno_t e = llhttp_execute(&l, text.p, ours->consumed);
	if (e == HPE_OK)
		e = llhttp_finish(&l) == HPE_OK ? HPE_OK : HPE_PAUSED;
	/* It takes an upgrade for the end of HTTP, an interim answer that
	 * says "close" for the end of the connection, and is known to refuse
	 * some chunk extensions and trailers that are in order. */
	bool chunk_line = e == HPE_STRICT || e == HPE_INVALID_CHUNK_SIZE ||
			  (l.flags & F_TRAILING);
	bool closed = side == HTTP_CLIENT && e == HPE_CLOSED_CONNECTION;
	if (e == HPE_PAUSED || e == HPE_OK)
		ASSERT(slice_equal(buf_slice(&body), buf_slice(&ours->body)));
	else
		ASSERT(e == HPE_PAUSED_UPGRADE || chunk_line || closed);
	buf_fini(&body);
}

static void fuzz_message(enum http_side side, struct slice text)
{
	struct fuzz_trace whole, other;
	size_t steps[] = {1, 2, 3, 7, text.n / 2 + 1};
	fuzz_feed(&whole, side, text, text.n);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		fuzz_feed(&other, side, text, steps[i]);
		fuzz_same(&whole, &other);
		fuzz_trace_fini(&other);
	}
	if (whole.done)
		fuzz_llhttp(side, text, &whole);
	fuzz_trace_fini(&whole);
}

#endif
