/* Feeding a parser in every way that bytes may be cut, for tests. */
#ifndef TESTS_UNIT_HTTP_FEED_H
#define TESTS_UNIT_HTTP_FEED_H

#include "common/http/parser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct http_limits limits = {
	.max_head_bytes = 1024,
	.max_target_bytes = 256,
	.max_headers = 12,
	.max_body_bytes = 4096,
};

/* What one feeding of some bytes led to. */
struct trace {
	struct buf text; /* heads and ends, one line each */
	struct buf body;
	enum status status;
	unsigned error_status;
	size_t consumed;
	struct http_parser *parser;
	bool stop_at_head;
};

static inline void on_head(void *arg, const struct http_head *h)
{
	struct trace *t = arg;
	buf_printf(&t->text, "%.*s|%.*s|%.*s|%.*s|%u|%.*s|1.%u f%d l%d k%d e%d",
		   SLICE_ARG(h->method_text), SLICE_ARG(h->path),
		   SLICE_ARG(h->query), SLICE_ARG(h->host), h->status,
		   SLICE_ARG(h->reason), h->minor, h->framing,
		   (int)h->content_length, h->keep_alive, h->expect_continue);
	for (size_t i = 0; i < h->n_headers; i++)
		buf_printf(&t->text, " [%.*s=%.*s]",
			   SLICE_ARG(h->header[i].name),
			   SLICE_ARG(h->header[i].value));
	buf_putc(&t->text, '\n');
	if (t->stop_at_head)
		http_parser_stop(t->parser);
}

static inline void on_body(void *arg, struct slice bytes)
{
	struct trace *t = arg;
	assert_true(bytes.n > 0);
	buf_append(&t->body, bytes);
}

static inline void on_end(void *arg)
{
	struct trace *t = arg;
	buf_append(&t->text, SLICE("end\n"));
}

static const struct http_events events = {on_head, on_body, on_end};

static inline void trace_init(struct trace *t)
{
	memset(t, 0, sizeof(*t));
	buf_init(&t->text);
	buf_init(&t->body);
}

static inline void trace_fini(struct trace *t)
{
	buf_fini(&t->text);
	buf_fini(&t->body);
}

/* One part in memory of its own, so that a read past it is seen. */
static inline size_t feed_part(struct http_parser *p, struct trace *t,
			       struct slice part)
{
	size_t n = 0;
	char *copy = malloc(part.n ? part.n : 1);
	memcpy(copy, part.p, part.n);
	t->status = http_parser_feed(p, (struct slice){copy, part.n}, &n);
	free(copy);
	return n;
}

/* Feeds `text` cut at `cut`, or byte by byte if cut is 0. */
static inline void run(struct trace *t, enum http_side side, struct slice text,
		       size_t cut, bool eof)
{
	struct http_parser p;
	trace_init(t);
	http_parser_init(&p, side, &limits, &events, t);
	t->parser = &p;
	while (t->consumed < text.n && t->status == OK &&
	       p.state != HTTP_DONE) {
		size_t n = cut == 0 ? 1 : text.n - t->consumed;
		if (cut > t->consumed)
			n = cut - t->consumed;
		struct slice part = {text.p + t->consumed, n};
		t->consumed += feed_part(&p, t, part);
	}
	if (t->status == OK && eof)
		t->status = http_parser_finish(&p);
	if (t->status != OK && t->status != ERR_CLOSED) {
		t->error_status = http_parser_error_status(&p);
		assert_true(http_parser_why(&p)[0] != '\0');
	}
	http_parser_fini(&p);
}

static inline void same_outcome(const struct trace *a, const struct trace *b,
				struct slice text, size_t cut)
{
	bool same = a->status == b->status &&
		    a->error_status == b->error_status &&
		    slice_equal(buf_slice(&a->text), buf_slice(&b->text)) &&
		    slice_equal(buf_slice(&a->body), buf_slice(&b->body)) &&
		    (a->status != OK || a->consumed == b->consumed);
	if (!same)
		fail_msg("cut at %zu differs:\n%.*s\n%.*s\n%.*s", cut,
			 SLICE_ARG(text), SLICE_ARG(buf_slice(&a->text)),
			 SLICE_ARG(buf_slice(&b->text)));
}

/* The outcome, the same however the bytes are cut. */
static inline void run_all(struct trace *t, enum http_side side,
			   struct slice text, bool eof)
{
	run(t, side, text, text.n, eof);
	for (size_t cut = 0; cut < text.n; cut++) {
		struct trace other;
		run(&other, side, text, cut, eof);
		same_outcome(t, &other, text, cut);
		trace_fini(&other);
	}
}

static inline void taken(enum http_side side, struct slice text,
			 const char *want, const char *body)
{
	struct trace t;
	run_all(&t, side, text, false);
	if (t.status != OK)
		fail_msg("refused: %.*s", SLICE_ARG(text));
	if (!slice_equal(buf_slice(&t.text), slice_of(want)))
		fail_msg("%.*s\ngave\n%.*s\nnot\n%s", SLICE_ARG(text),
			 SLICE_ARG(buf_slice(&t.text)), want);
	assert_true(slice_equal(buf_slice(&t.body), slice_of(body)));
	trace_fini(&t);
}

static inline void refused(enum http_side side, struct slice text,
			   unsigned status)
{
	struct trace t;
	run_all(&t, side, text, false);
	if (t.status == OK || t.status == ERR_CLOSED)
		fail_msg("taken: %.*s", SLICE_ARG(text));
	if (t.error_status != status)
		fail_msg("%u, not %u: %.*s", t.error_status, status,
			 SLICE_ARG(text));
	trace_fini(&t);
}

#endif
