/* Two workers and a body, and what a connector makes of it. */
#ifndef TESTS_UNIT_TRANSFER_LEGS_H
#define TESTS_UNIT_TRANSFER_LEGS_H

#include "router/transfer/transfer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

struct legs {
	struct worker prefill, decode;
	struct transfer_pair pair;
	struct arena arena;
	struct splice body;
	char text[2048];
};

static inline void legs_init(struct legs *l, const char *body)
{
	*l = (struct legs){0};
	l->prefill.rank = l->decode.rank = -1;
	l->prefill.transfer = (struct worker_transfer){
		.host = (char *)"10.0.0.1",
		.port = 8998,
		.tp_size = 2,
		.pp_size = 1,
	};
	l->decode.transfer = (struct worker_transfer){
		.host = (char *)"10.0.0.2",
		.port = 7300,
		.alloc_port = 7400,
		.tp_size = 2,
	};
	l->pair = (struct transfer_pair){
		.prefill = &l->prefill,
		.decode = &l->decode,
		.id = SLICE("req-1"),
		.engine_id = SLICE("engine-p"),
		.nonce = 0x8000000000000007,
		.n_prompts = 1,
	};
	arena_init(&l->arena);
	assert_int_equal(
		splice_parse(&l->body, &l->arena, slice_of(body), 16, 64), OK);
}

static inline const char *legs_text(struct legs *l)
{
	struct buf out = {0};

	splice_append(&l->body, &out);
	snprintf(l->text, sizeof(l->text), "%.*s", SLICE_ARG(buf_slice(&out)));
	buf_fini(&out);
	return l->text;
}

static inline void legs_fini(struct legs *l)
{
	arena_fini(&l->arena);
}

/* The prefill leg of `body`. */
static inline void expect_prefill(const struct transfer *t, const char *body,
				  const char *want)
{
	struct legs l;

	legs_init(&l, body);
	t->prefill(&l.pair, &l.body);
	assert_string_equal(legs_text(&l), want);
	legs_fini(&l);
}

static inline void expect_decode(const struct transfer *t, const char *body,
				 const char *answer, const char *want)
{
	struct legs l;

	legs_init(&l, body);
	assert_int_equal(t->decode(&l.pair, slice_of(answer), &l.body),
			 TRANSFER_DONE);
	assert_string_equal(legs_text(&l), want);
	legs_fini(&l);
}

/* Nothing is handed over, and the body stays. */
static inline void expect_none(const struct transfer *t, const char *body,
			       const char *answer)
{
	struct legs l;

	legs_init(&l, body);
	assert_int_equal(t->decode(&l.pair, slice_of(answer), &l.body),
			 TRANSFER_NONE);
	assert_string_equal(legs_text(&l), body);
	legs_fini(&l);
}

#endif
