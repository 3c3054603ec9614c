#include "tests/unit/ingest/publisher_bed.h"

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
