/* Feeds a case of the corpus to a parser, cut as one likes, and tells what
 * came of it in the corpus's own words, for tests. */
#ifndef TESTS_UNIT_HTTP_CORPUS_RUN_H
#define TESTS_UNIT_HTTP_CORPUS_RUN_H

#include "tests/unit/http/corpus.h"

#include "common/http/parser.h"

/* As tests/corpus/http/README.md states them. */
static const struct http_limits corpus_limits = {
	.max_head_bytes = 2048,
	.max_target_bytes = 512,
	.max_headers = 20,
	.max_header_bytes = 1024,
	.max_body_bytes = 4096,
	.max_extension_bytes = 400,
	.max_trailer_bytes = 256,
};

struct corpus_run {
	struct http_parser parser;
	enum http_side side;
	struct buf told, body;
	char first[700]; /* "METHOD PATH", or the status */
	bool keep_alive, ended, over;
};

static inline void corpus_on_head(void *arg, const struct http_head *h)
{
	struct corpus_run *r = arg;
	if (r->side == HTTP_SERVER)
		snprintf(r->first, sizeof(r->first), "%.*s %.*s",
			 SLICE_ARG(h->method_text), SLICE_ARG(h->path));
	else
		snprintf(r->first, sizeof(r->first), "%u", h->status);
	r->keep_alive = h->keep_alive;
}

static inline void corpus_on_body(void *arg, struct slice bytes)
{
	struct corpus_run *r = arg;
	buf_append(&r->body, bytes);
}

static inline void corpus_on_end(void *arg)
{
	struct corpus_run *r = arg;
	r->ended = true;
}

static const struct http_events corpus_events = {
	corpus_on_head,
	corpus_on_body,
	corpus_on_end,
};

static inline void corpus_tell_message(struct corpus_run *r, bool surplus)
{
	bool keep = r->keep_alive && !surplus;
	buf_printf(&r->told, "accept %s%s body=", r->first,
		   keep ? "" : " close");
	buf_append(&r->told, buf_slice(&r->body));
	buf_putc(&r->told, '\n');
	buf_reset(&r->body, 0);
	r->ended = false;
	r->over = !keep || r->side == HTTP_CLIENT;
}

static inline void corpus_tell_fault(struct corpus_run *r)
{
	assert_true(http_parser_why(&r->parser)[0] != '\0');
	if (r->side == HTTP_SERVER)
		buf_printf(&r->told, "refuse %u\n",
			   http_parser_error_status(&r->parser));
	else
		buf_puts(&r->told, "refuse\n");
	r->over = true;
}

/* One part, in memory of its own so that a read past it is seen. `last`:
 * nothing comes behind it. */
static inline void corpus_feed(struct corpus_run *r, struct slice part,
			       bool last)
{
	char *copy = malloc(part.n + 1);
	struct slice left = {copy, part.n};
	memcpy(copy, part.p, part.n);
	while (left.n > 0 && !r->over) {
		size_t n = 0;
		enum status st = http_parser_feed(&r->parser, left, &n);
		left = slice_from(left, n);
		if (st != OK) {
			corpus_tell_fault(r);
		} else if (r->ended) {
			bool more = left.n > 0 || !last;
			corpus_tell_message(r, more && r->side == HTTP_CLIENT);
			http_parser_next(&r->parser);
		}
	}
	free(copy);
}

static inline void corpus_finish(struct corpus_run *r, bool ends)
{
	if (r->over)
		return;
	if (!ends) {
		if (http_parser_begun(&r->parser))
			buf_puts(&r->told, "wait\n");
		return;
	}
	enum status st = http_parser_finish(&r->parser);
	if (st == OK)
		corpus_tell_message(r, false);
	else
		buf_puts(&r->told, st == ERR_CLOSED ? "nothing\n" : "cut\n");
}

/* `cut`: where the bytes are cut in two; 0: between all of them. */
static inline void corpus_run(struct corpus_run *r, enum http_side side,
			      const struct corpus_case *it, size_t cut)
{
	struct slice all = buf_slice(&it->bytes);
	*r = (struct corpus_run){.side = side};
	buf_init(&r->told);
	buf_init(&r->body);
	http_parser_init(&r->parser, side, &corpus_limits, &corpus_events, r);
	if (it->to_head)
		http_parser_expect_no_body(&r->parser);
	for (size_t at = 0, n; at < all.n && !r->over; at += n) {
		n = cut == 0 ? 1 : at < cut ? cut - at : all.n - at;
		corpus_feed(r, (struct slice){all.p + at, n}, at + n == all.n);
	}
	corpus_finish(r, it->ends);
	http_parser_fini(&r->parser);
}

static inline void corpus_run_fini(struct corpus_run *r)
{
	buf_fini(&r->told);
	buf_fini(&r->body);
}

/* The case comes out as it says, however its bytes are cut; else false,
 * and in `fault` how not. */
static inline bool corpus_holds(enum http_side side,
				const struct corpus_case *it, struct buf *fault)
{
	size_t n = buf_len(&it->bytes);
	for (size_t cut = n;; cut--) {
		struct corpus_run r;
		corpus_run(&r, side, it, cut);
		bool same = slice_equal(buf_slice(&r.told),
					buf_slice(&it->want));
		if (!same)
			buf_printf(fault, "cut at %zu:\n%.*sand not\n%.*s", cut,
				   SLICE_ARG(buf_slice(&r.told)),
				   SLICE_ARG(buf_slice(&it->want)));
		corpus_run_fini(&r);
		if (!same || cut == 0)
			return same;
	}
}

#endif
