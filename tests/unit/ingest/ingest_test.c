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
	size_t asked; /* replays served */
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

static void *bind_socket(struct bed *b, int type, const char *at, char out[64])
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

static void start_engine(struct bed *b)
{
	const char *any = "tcp://127.0.0.1:*";

	b->published = 0;
	b->oldest = 0;
	b->pub = bind_socket(b, ZMQ_XPUB, b->events[0] ? b->events : any,
			     b->events);
	b->router = bind_socket(b, ZMQ_ROUTER, b->replay[0] ? b->replay : any,
				b->replay);
}

static void stop_engine(struct bed *b)
{
	zmq_close(b->pub);
	zmq_close(b->router);
	for (size_t i = 0; i < MAX_LOG; i++)
		buf_reset(&b->log[i], 0);
}

static void seed_engine(struct bed *b, const char *seed)
{
	assert_int_equal(hash_scheme_init(&b->engine, HASH_SHA256_CBOR,
					  slice_of(seed), BLOCK),
			 OK);
	assert_int_equal(
		chain_digests(&b->engine, b->token, TOKENS, NULL, b->digest),
		OK);
}

static void frame(void *socket, const void *p, size_t n, bool more)
{
	assert_int_equal(zmq_send(socket, p, n, more ? ZMQ_SNDMORE : 0), n);
}

/* Makes the next batch; on the wire only if `send`. */
static void publish(struct bed *b, bool send)
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
		.medium = SLICE("GPU"),
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

static void reply(struct bed *b, const char *id, size_t n_id, uint64_t seq,
		  struct slice payload)
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
static void serve(struct bed *b)
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

static size_t held(struct bed *b, bool approx)
{
	uint32_t blocks[1][INDEX_TIERS];

	index_match(approx ? b->approx_reader : b->reader, b->key, BLOCKS,
		    &b->fleet->worker[0]->id, 1, blocks);
	return blocks[0][INDEX_GPU];
}

static struct worker *w(struct bed *b)
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

static void keys_of(struct bed *b, const struct hash_scheme *of)
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

static int set_up(void **state)
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
static void start(struct bed *b)
{
	struct error err;

	b->fleet = fleet_create(&b->conf, NULL, &err);
	assert_non_null(b->fleet);
	keys_of(b, &b->fleet->model[0].engine);
	b->ingest = ingest_create(b->exact, b->approx, b->metrics);
	ingest_set_fleet(b->ingest, b->fleet);
}

static int tear_down(void **state)
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

static void history_is_replayed_and_live_batches_follow(void **state)
{
	struct bed *b = *state;

	for (size_t i = 0; i < 5; i++)
		publish(b, true); /* nobody hears it yet */
	start(b);
	WAIT(b, w(b)->trust == WORKER_EXACT);
	assert_int_equal(held(b, false), 5);
	assert_int_equal(w(b)->keys, WORKER_KEYS_ENGINE);
	assert_int_equal(w(b)->event_seq, 4);
	publish(b, true);
	WAIT(b, held(b, false) == 6);
	assert_int_equal(w(b)->event_gaps, 0);
	assert_string_equal(w(b)->trust_reason, "all events are known");
}

static void the_newer_form_with_bytes_means_the_same(void **state)
{
	struct bed *b = *state;

	b->bytes_hashes = true;
	b->with_topic = true;
	for (size_t i = 0; i < 5; i++)
		publish(b, true);
	start(b);
	WAIT(b, w(b)->trust == WORKER_EXACT);
	assert_int_equal(held(b, false), 5);
	publish(b, true);
	WAIT(b, held(b, false) == 6);
}

static void a_gap_is_healed_by_a_replay(void **state)
{
	struct bed *b = *state;

	start(b);
	WAIT(b, w(b)->trust == WORKER_EXACT);
	publish(b, true);
	WAIT(b, held(b, false) == 1);
	publish(b, false);
	publish(b, false);
	publish(b, true);
	WAIT(b, held(b, false) == 4);
	WAIT(b, w(b)->trust == WORKER_EXACT);
	assert_int_equal(w(b)->event_gaps, 1);
	assert_int_equal(w(b)->event_resyncs, 0);
}

static void a_gap_beyond_the_buffer_clears_the_worker(void **state)
{
	struct bed *b = *state;

	start(b);
	WAIT(b, w(b)->trust == WORKER_EXACT);
	for (size_t i = 0; i < 4; i++)
		publish(b, true);
	WAIT(b, held(b, false) == 4);
	publish(b, false);
	publish(b, false);
	b->oldest = b->published;
	publish(b, true);
	/* Only block 6 is known now, and no prefix. */
	WAIT(b, index_worker_blocks(b->exact, w(b)->id, INDEX_GPU) == 1);
	WAIT(b, w(b)->trust == WORKER_EXACT);
	assert_int_equal(held(b, false), 0);
	assert_non_null(strstr(w(b)->trust_reason, "buffer_steps"));
}

static void a_restarted_engine_begins_with_nothing(void **state)
{
	struct bed *b = *state;

	for (size_t i = 0; i < 5; i++)
		publish(b, true);
	start(b);
	WAIT(b, w(b)->trust == WORKER_EXACT && held(b, false) == 5);
	ingest_learn(b->ingest, w(b), b->key, BLOCKS);
	WAIT(b, held(b, true) == BLOCKS);
	stop_engine(b);
	start_engine(b);
	WAIT(b, held(b, false) == 0);
	WAIT(b, w(b)->trust == WORKER_EXACT);
	assert_int_equal(held(b, true), 0);
	assert_int_equal(w(b)->event_resyncs, 1);
	publish(b, true);
	WAIT(b, held(b, false) == 1);
}

static void another_seed_leads_to_token_keys(void **state)
{
	struct bed *b = *state;

	seed_engine(b, "77");
	for (size_t i = 0; i < 5; i++)
		publish(b, true);
	start(b);
	keys_of(b, &b->fleet->model[0].tokens);
	WAIT(b, w(b)->trust == WORKER_EXACT);
	assert_int_equal(w(b)->keys, WORKER_KEYS_TOKENS);
	assert_int_equal(held(b, false), 5);
	assert_non_null(strstr(w(b)->trust_reason, "PYTHONHASHSEED"));
}

static void without_a_replay_endpoint_live_batches_count(void **state)
{
	struct bed *b = *state;
	char byte[8];

	b->worker.replay = NULL;
	start(b);
	/* The subscription has arrived. */
	assert_true(zmq_recv(b->pub, byte, sizeof(byte), 0) >= 1);
	publish(b, true);
	publish(b, true);
	WAIT(b, held(b, false) == 2);
	WAIT(b, w(b)->trust == WORKER_EXACT);
	publish(b, false);
	publish(b, true);
	WAIT(b, index_worker_blocks(b->exact, w(b)->id, INDEX_GPU) == 1);
	assert_int_equal(held(b, false), 0);
	assert_int_equal(w(b)->event_gaps, 1);
}

static void a_worker_without_events_falls_back_and_says_why(void **state)
{
	struct bed *b = *state;

	b->worker.events = NULL;
	b->worker.replay = NULL;
	start(b);
	WAIT(b, strstr(w(b)->trust_reason, "--kv-events-config") != NULL);
	assert_int_equal(w(b)->trust, WORKER_FALLBACK);
	/* What is routed there is remembered all the same. */
	ingest_learn(b->ingest, w(b), b->key, 3);
	WAIT(b, held(b, true) == 3);
	ingest_learn(b->ingest, w(b), b->key, BLOCKS);
	WAIT(b, held(b, true) == BLOCKS);
	assert_int_equal(
		ingest_report(b->ingest, &(struct ingest_outcome){w(b), 9, 0}),
		INGEST_UNKNOWN);
}

static void a_text_that_is_no_endpoint_falls_back(void **state)
{
	struct bed *b = *state;

	b->worker.events = (char *)"nonsense";
	start(b);
	WAIT(b, strstr(w(b)->trust_reason, "tcp://host:port") != NULL);
	assert_int_equal(w(b)->trust, WORKER_FALLBACK);
}

static void an_engine_that_never_answers_a_replay_is_not_exact(void **state)
{
	struct bed *b = *state;

	b->mute = true;
	start(b);
	WAIT(b, strstr(w(b)->trust_reason, "replayed") != NULL);
	assert_int_equal(w(b)->trust, WORKER_DEGRADED);
	assert_int_equal(w(b)->replays, WORKER_NOT_ASKED);
	WAIT(b, w(b)->replays == WORKER_SILENT);
	b->mute = false;
	WAIT(b, w(b)->trust == WORKER_EXACT);
	assert_int_equal(w(b)->replays, WORKER_REPLAYS);
}

static void garbage_degrades_and_harms_nothing(void **state)
{
	struct bed *b = *state;
	uint64_t be = htobe64(1);

	start(b);
	publish(b, true);
	WAIT(b, w(b)->trust == WORKER_EXACT && held(b, false) == 1);
	frame(b->pub, "one frame", 9, false);
	WAIT(b, w(b)->event_errors == 1);
	assert_int_equal(w(b)->trust, WORKER_EXACT);
	frame(b->pub, "", 0, true);
	frame(b->pub, &be, 8, true);
	frame(b->pub, "\xc1garbage", 8, false);
	WAIT(b, w(b)->trust == WORKER_DEGRADED);
	assert_int_equal(w(b)->event_errors, 2);
	assert_int_equal(held(b, false), 1);
}

static void a_worker_that_leaves_the_fleet_leaves_no_blocks(void **state)
{
	struct bed *b = *state;
	struct fleet *next;
	struct error err;
	unsigned id;

	for (size_t i = 0; i < 5; i++)
		publish(b, true);
	start(b);
	WAIT(b, held(b, false) == 5);
	id = w(b)->id;
	ingest_learn(b->ingest, w(b), b->key, BLOCKS);
	b->worker.name = (char *)"other";
	next = fleet_create(&b->conf, b->fleet, &err);
	assert_non_null(next);
	ingest_set_fleet(b->ingest, next);
	WAIT(b, index_worker_blocks(b->exact, id, INDEX_GPU) == 0);
	WAIT(b, index_worker_blocks(b->approx, id, INDEX_GPU) == 0);
	/* A word about the one that has gone comes too late. */
	ingest_learn(b->ingest, w(b), b->key, BLOCKS);
	fleet_unref(&b->fleet);
	b->fleet = next;
	WAIT(b, w(b)->trust == WORKER_EXACT && held(b, false) == 5);
	assert_int_equal(index_worker_blocks(b->approx, id, INDEX_GPU), 0);
}

static void a_worker_that_stays_keeps_its_blocks(void **state)
{
	struct bed *b = *state;
	struct fleet *next;
	struct error err;
	size_t asked;

	for (size_t i = 0; i < 5; i++)
		publish(b, true);
	start(b);
	WAIT(b, w(b)->trust == WORKER_EXACT && held(b, false) == 5);
	asked = b->asked;
	next = fleet_create(&b->conf, b->fleet, &err);
	assert_non_null(next);
	assert_ptr_equal(next->worker[0], w(b));
	ingest_set_fleet(b->ingest, next);
	fleet_unref(&b->fleet);
	b->fleet = next;
	publish(b, true);
	WAIT(b, held(b, false) == 6);
	assert_int_equal(b->asked, asked);
}

static void predictions_that_do_not_hold_bring_a_resync(void **state)
{
	struct bed *b = *state;
	struct ingest_outcome o;
	size_t asked;

	for (size_t i = 0; i < 5; i++)
		publish(b, true);
	start(b);
	WAIT(b, w(b)->trust == WORKER_EXACT && held(b, false) == 5);
	asked = b->asked;
	o = (struct ingest_outcome){.worker = w(b),
				    .predicted_tokens = 5 * BLOCK,
				    .reported_tokens = 5 * BLOCK,
				    .version = w(b)->index_version};
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(ingest_report(b->ingest, &o), INGEST_EXACT);
	o.reported_tokens = 0;
	for (size_t i = 0; i < 11; i++)
		assert_int_equal(ingest_report(b->ingest, &o), INGEST_WRONG);
	WAIT(b, w(b)->event_resyncs == 1);
	WAIT(b, w(b)->trust == WORKER_EXACT && held(b, false) == 5);
	assert_int_equal(b->asked, asked + 1);
	o.version = w(b)->index_version - 1;
	assert_int_equal(ingest_report(b->ingest, &o), INGEST_INDEX_CHANGED);
}

/* While lanes teach it, the thread looks by itself and sleeps lightly. */
static void events_are_heard_while_lanes_teach(void **state)
{
	struct bed *b = *state;

	start(b);
	publish(b, true);
	WAIT(b, w(b)->trust == WORKER_EXACT && held(b, false) == 1);
	for (size_t i = 2; i <= BLOCKS; i++) {
		for (int mail = 0; mail < 5; mail++) {
			ingest_learn(b->ingest, w(b), b->key, i);
			WAIT(b, held(b, true) == i);
		}
		publish(b, true);
		WAIT(b, held(b, false) == i);
	}
	assert_int_equal(w(b)->event_gaps, 0);
}

static void after_the_stop_mail_is_dropped(void **state)
{
	struct bed *b = *state;

	start(b);
	ingest_stop(b->ingest);
	ingest_learn(b->ingest, w(b), b->key, BLOCKS);
	ingest_set_fleet(b->ingest, b->fleet);
	ingest_stop(b->ingest);
	ingest_destroy(&b->ingest);
	assert_null(b->ingest);
	assert_int_equal(held(b, true), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(history_is_replayed_and_live_batches_follow),
		TEST(the_newer_form_with_bytes_means_the_same),
		TEST(a_gap_is_healed_by_a_replay),
		TEST(a_gap_beyond_the_buffer_clears_the_worker),
		TEST(a_restarted_engine_begins_with_nothing),
		TEST(another_seed_leads_to_token_keys),
		TEST(without_a_replay_endpoint_live_batches_count),
		TEST(a_worker_without_events_falls_back_and_says_why),
		TEST(a_text_that_is_no_endpoint_falls_back),
		TEST(an_engine_that_never_answers_a_replay_is_not_exact),
		TEST(garbage_degrades_and_harms_nothing),
		TEST(a_worker_that_leaves_the_fleet_leaves_no_blocks),
		TEST(a_worker_that_stays_keeps_its_blocks),
		TEST(predictions_that_do_not_hold_bring_a_resync),
		TEST(events_are_heard_while_lanes_teach),
		TEST(after_the_stop_mail_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
