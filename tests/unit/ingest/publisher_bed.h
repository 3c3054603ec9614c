/* An engine's publisher and the real ingest thread, for the tests of both. */
#ifndef TESTS_UNIT_INGEST_PUBLISHER_BED_H
#define TESTS_UNIT_INGEST_PUBLISHER_BED_H

#include "router/ingest/ingest.h"

#include "common/base/clock.h"
#include "common/event/encode.h"
#include "common/hash/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <endian.h>
#include <string.h>
#include <zmq.h>

#define BLOCK   4
#define BLOCKS  8
#define TOKENS  (BLOCK * BLOCKS)
#define MAX_LOG 256

/* An engine that caches a prompt block by block, as its publisher shows it:
 * batch i announces block i % BLOCKS. The ingest thread is the real one. */
struct bed {
	void *zmq, *pub, *router;
	char events[64], replay[64];
	struct buf log[MAX_LOG];
	uint64_t published, oldest; /* kept for replay: [oldest, published) */
	bool bytes_hashes, with_topic, mute;
	struct slice medium; /* n = 0: GPU */
	size_t asked;        /* replays served */
	struct index *exact, *approx;
	struct index_reader *reader, *approx_reader;
	struct metrics *metrics;
	struct ingest *ingest;
	struct conf conf;
	struct conf_model model;
	struct conf_worker worker;
	struct fleet *fleet;
	struct hash_scheme engine;
	uint32_t token[TOKENS];
	uint8_t digest[BLOCKS * HASH_MAX_BYTES];
	uint64_t key[BLOCKS];
};

static inline void *bind_socket(struct bed *b, int type, const char *at,
				char out[64])
{
	void *s = zmq_socket(b->zmq, type);
	size_t n = 64;
	int zero = 0;

	zmq_setsockopt(s, ZMQ_LINGER, &zero, sizeof(zero));
	zmq_setsockopt(s, ZMQ_SNDHWM, &zero, sizeof(zero));
	while (zmq_bind(s, at) != 0)
		assert_int_equal(zmq_errno(), EADDRINUSE);
	assert_int_equal(zmq_getsockopt(s, ZMQ_LAST_ENDPOINT, out, &n), 0);
	return s;
}

static inline void start_engine(struct bed *b)
{
	const char *any = "tcp://127.0.0.1:*";

	b->published = 0;
	b->oldest = 0;
	b->pub = bind_socket(b, ZMQ_XPUB, b->events[0] ? b->events : any,
			     b->events);
	b->router = bind_socket(b, ZMQ_ROUTER, b->replay[0] ? b->replay : any,
				b->replay);
}

static inline void stop_engine(struct bed *b)
{
	zmq_close(b->pub);
	zmq_close(b->router);
	for (size_t i = 0; i < MAX_LOG; i++)
		buf_reset(&b->log[i], 0);
}

static inline void seed_engine(struct bed *b, const char *seed)
{
	assert_int_equal(hash_scheme_init(&b->engine, HASH_SHA256_CBOR,
					  slice_of(seed), BLOCK),
			 OK);
	assert_int_equal(
		chain_digests(&b->engine, b->token, TOKENS, NULL, b->digest),
		OK);
}

static inline void frame(void *socket, const void *p, size_t n, bool more)
{
	assert_int_equal(zmq_send(socket, p, n, more ? ZMQ_SNDMORE : 0), n);
}

/* Makes the next batch; on the wire only if `send`. */
static inline void publish(struct bed *b, bool send)
{
	size_t block = b->published % BLOCKS;
	struct event_style style = {EVENT_V024, b->bytes_hashes};
	struct event_out e = {
		.kind = EVENT_STORED,
		.hash = b->digest + block * HASH_MAX_BYTES,
		.n_hashes = 1,
		.hash_bytes = HASH_MAX_BYTES,
		.parent = block == 0 ? NULL
				     : b->digest + (block - 1) * HASH_MAX_BYTES,
		.token = b->token + block * BLOCK,
		.n_tokens = BLOCK,
		.block_size = BLOCK,
		.medium = b->medium.n > 0 ? b->medium : SLICE("GPU"),
	};
	struct buf *batch = &b->log[b->published];
	uint64_t be = htobe64(b->published);

	assert_true(b->published < MAX_LOG);
	event_encode(batch, &style, (double)clock_wall_us() / 1e6, &e, 1, 0);
	b->published++;
	if (!send)
		return;
	frame(b->pub, "kv", 2, true);
	frame(b->pub, &be, 8, true);
	frame(b->pub, batch->p + batch->start, buf_len(batch), false);
}

static inline void reply(struct bed *b, const char *id, size_t n_id,
			 uint64_t seq, struct slice payload)
{
	uint64_t be = htobe64(seq);

	frame(b->router, id, n_id, true);
	frame(b->router, "", 0, true);
	if (b->with_topic)
		frame(b->router, "kv", 2, true);
	frame(b->router, &be, 8, true);
	frame(b->router, payload.p, payload.n, false);
}

/* Answers replays that were asked for meanwhile. */
static inline void serve(struct bed *b)
{
	zmq_pollitem_t item = {.socket = b->router, .events = ZMQ_POLLIN};
	uint64_t from;
	char id[64];
	int n;

	if (b->mute || zmq_poll(&item, 1, 5) != 1)
		return;
	n = zmq_recv(b->router, id, sizeof(id), 0);
	assert_true(n > 0);
	assert_int_equal(zmq_recv(b->router, &from, 8, 0), 0);
	assert_int_equal(zmq_recv(b->router, &from, 8, 0), 8);
	from = be64toh(from);
	b->asked++;
	for (uint64_t i = from > b->oldest ? from : b->oldest; i < b->published;
	     i++)
		reply(b, id, (size_t)n, i, buf_slice(&b->log[i]));
	reply(b, id, (size_t)n, UINT64_MAX, SLICE(""));
}

static inline size_t held(struct bed *b, bool approx)
{
	uint32_t blocks[1][INDEX_TIERS];

	index_match(approx ? b->approx_reader : b->reader, b->key, BLOCKS,
		    &b->fleet->worker[0]->id, 1, blocks);
	return blocks[0][INDEX_GPU];
}

static inline struct worker *w(struct bed *b)
{
	return b->fleet->worker[0];
}

/* Serves the engine's side until `cond` holds; a minute is never needed. */
#define WAIT(b, cond)                                                          \
	do {                                                                   \
		uint64_t deadline = clock_ms() + 60000;                        \
		while (!(cond)) {                                              \
			serve(b);                                              \
			assert_true(clock_ms() < deadline);                    \
		}                                                              \
	} while (0)

static inline void keys_of(struct bed *b, const struct hash_scheme *of)
{
	struct hash_scheme s = *of;
	struct arena arena;
	struct chain c;

	s.block_size = BLOCK;
	arena_init(&arena);
	assert_int_equal(
		chain_hash(&s, b->token, TOKENS, NULL, BLOCKS, &arena, &c), OK);
	memcpy(b->key, c.key, sizeof(b->key));
	arena_fini(&arena);
}

static inline int set_up(void **state)
{
	static struct bed b;

	memset(&b, 0, sizeof(b));
	b.zmq = zmq_ctx_new();
	for (size_t i = 0; i < MAX_LOG; i++)
		buf_init(&b.log[i]);
	for (uint32_t i = 0; i < TOKENS; i++)
		b.token[i] = 1000 + i;
	start_engine(&b);
	seed_engine(&b, "0");
	b.exact = index_create(4 << 20);
	b.approx = index_create(4 << 20);
	b.reader = index_reader_create(b.exact);
	b.approx_reader = index_reader_create(b.approx);
	b.metrics = metrics_create("1", "c");
	ref_init(&b.conf.ref);
	b.conf.model = &b.model;
	b.conf.n_models = 1;
	b.model = (struct conf_model){.name = (char *)"m",
				      .seed = (char *)"0",
				      .algorithm = HASH_SHA256_CBOR,
				      .worker = &b.worker,
				      .n_workers = 1};
	b.worker = (struct conf_worker){.name = (char *)"w",
					.url = (char *)"http://h:1",
					.host = (char *)"h:1",
					.events = b.events,
					.replay = b.replay};
	*state = &b;
	return 0;
}

/* With what the test has set. */
static inline void start(struct bed *b)
{
	struct error err;

	b->fleet = fleet_create(&b->conf, NULL, &err);
	assert_non_null(b->fleet);
	keys_of(b, &b->fleet->model[0].engine);
	b->ingest = ingest_create(b->exact, b->approx, b->metrics);
	ingest_set_fleet(b->ingest, b->fleet);
}

static inline int tear_down(void **state)
{
	struct bed *b = *state;

	ingest_destroy(&b->ingest);
	fleet_unref(&b->fleet);
	stop_engine(b);
	for (size_t i = 0; i < MAX_LOG; i++)
		buf_fini(&b->log[i]);
	zmq_ctx_term(b->zmq);
	index_reader_destroy(&b->reader);
	index_reader_destroy(&b->approx_reader);
	index_destroy(&b->exact);
	index_destroy(&b->approx);
	metrics_destroy(&b->metrics);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
