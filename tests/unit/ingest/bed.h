/* One worker of one model to apply events to, for the tests of apply. */
#ifndef TESTS_UNIT_INGEST_BED_H
#define TESTS_UNIT_INGEST_BED_H

#include "router/ingest/apply.h"

#include "common/event/encode.h"
#include "common/hash/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define BLOCK  4
#define BLOCKS 4
#define TOKENS (BLOCK * BLOCKS)

/* One worker of one model, whose engine hashes with `engine`. */
struct bed {
	struct index *index;
	struct index_reader *reader;
	struct apply_tools tools;
	struct conf_model conf;
	struct fleet_model model;
	struct worker *worker;
	struct apply apply;
	struct hash_scheme engine;
	uint32_t token[TOKENS];
	uint8_t digest[BLOCKS * HASH_MAX_BYTES];
	struct event_style style;
};

static inline int set_up(void **state)
{
	static struct bed b;
	struct conf_worker c = {.name = (char *)"w"};

	memset(&b, 0, sizeof(b));
	b.index = index_create(1 << 20);
	b.reader = index_reader_create(b.index);
	apply_tools_init(&b.tools, b.index, 1 << 20);
	b.conf.key_mode = CONF_KEY_AUTO;
	b.model.conf = &b.conf;
	b.model.engine_known = true;
	assert_int_equal(hash_scheme_init(&b.model.engine, HASH_SHA256_CBOR,
					  SLICE("0"), FLEET_BLOCK_SIZE),
			 OK);
	assert_int_equal(hash_scheme_init(&b.model.tokens, HASH_TOKENS,
					  SLICE(""), FLEET_BLOCK_SIZE),
			 OK);
	assert_int_equal(hash_scheme_init(&b.engine, HASH_SHA256_CBOR,
					  SLICE("0"), BLOCK),
			 OK);
	b.worker = worker_create(&c, 3, -1);
	for (uint32_t i = 0; i < TOKENS; i++)
		b.token[i] = i + 1;
	b.style.layout = EVENT_V024;
	*state = &b;
	return 0;
}

static inline int tear_down(void **state)
{
	struct bed *b = *state;

	worker_unref(&b->worker);
	apply_tools_fini(&b->tools);
	index_reader_destroy(&b->reader);
	index_destroy(&b->index);
	return 0;
}

/* Another seed than the one configured: its hashes are other ones. */
static inline void reseed(struct bed *b)
{
	assert_int_equal(hash_scheme_init(&b->engine, HASH_SHA256_CBOR,
					  SLICE("31337"), BLOCK),
			 OK);
}

static inline void begin(struct bed *b)
{
	apply_init(&b->apply, &b->tools, b->worker, &b->model);
}

static inline void hash_all(struct bed *b, struct slice salt)
{
	struct hash_extra extra = {.salt = salt};

	assert_int_equal(
		chain_digests(&b->engine, b->token, TOKENS, &extra, b->digest),
		OK);
}

/* A run of blocks [from, from + n) of the worker's one prompt. */
static inline struct event_out run_of(struct bed *b, size_t from, size_t n)
{
	return (struct event_out){
		.kind = EVENT_STORED,
		.hash = b->digest + from * HASH_MAX_BYTES,
		.n_hashes = n,
		.hash_bytes = HASH_MAX_BYTES,
		.parent = from == 0 ? NULL
				    : b->digest + (from - 1) * HASH_MAX_BYTES,
		.token = b->token + from * BLOCK,
		.n_tokens = n * BLOCK,
		.block_size = BLOCK,
		.medium = SLICE("GPU"),
	};
}

static inline enum apply_result announce_all(struct bed *b,
					     const struct event_out *e,
					     size_t n)
{
	struct buf payload;
	struct event_batch batch;
	enum apply_result r;

	buf_init(&payload);
	event_encode(&payload, &b->style, 1700000000.5, e, n, 0);
	r = apply_batch(&b->apply, buf_slice(&payload), &batch);
	buf_fini(&payload);
	return r;
}

static inline enum apply_result announce(struct bed *b, struct event_out e)
{
	return announce_all(b, &e, 1);
}

static inline void remove_blocks(struct bed *b, size_t from, size_t n)
{
	struct event_out e = run_of(b, from, n);

	e.kind = EVENT_REMOVED;
	assert_int_equal(announce(b, e), APPLY_DONE);
}

/* How much of the prompt the index says the worker holds. */
static inline size_t held(struct bed *b, const struct hash_scheme *of,
			  struct slice salt, enum index_tier tier)
{
	struct hash_scheme s = *of;
	struct hash_extra extra = {.salt = salt};
	uint8_t digest[BLOCKS * HASH_MAX_BYTES];
	uint64_t key[BLOCKS];
	uint32_t blocks[1][INDEX_TIERS];

	s.block_size = BLOCK;
	assert_int_equal(chain_digests(&s, b->token, TOKENS, &extra, digest),
			 OK);
	for (size_t i = 0; i < BLOCKS; i++)
		key[i] = chain_key(&s, digest + i * s.hash_bytes);
	index_match(b->reader, key, BLOCKS, &b->worker->id, 1, blocks);
	return blocks[0][tier];
}

static inline size_t held_by_engine(struct bed *b)
{
	return held(b, &b->model.engine, SLICE(""), INDEX_GPU);
}

static inline size_t held_by_tokens(struct bed *b)
{
	return held(b, &b->model.tokens, SLICE(""), INDEX_GPU);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
