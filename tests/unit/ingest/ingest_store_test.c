#include "tests/unit/ingest/publisher_bed.h"

static size_t stored(struct bed *b)
{
	return index_worker_blocks(b->exact, b->fleet->model[0].store->id,
				   INDEX_OTHER);
}

/* A worker whose first two blocks are its own and all others the store's. */
static struct ingest_outcome start_with_store(struct bed *b)
{
	b->model.store.name = (char *)"nfs";
	b->worker.uses_store = true;
	for (size_t i = 0; i < BLOCKS + 2; i++) {
		b->medium = i < 2 ? SLICE("GPU") : SLICE("FS");
		publish(b, true);
	}
	start(b);
	WAIT(b, w(b)->trust == WORKER_EXACT && stored(b) == BLOCKS);
	return (struct ingest_outcome){
		.worker = w(b),
		.predicted_tokens = BLOCKS * BLOCK,
		.reported_tokens = BLOCKS * BLOCK,
		.version = (uint32_t)w(b)->index_version,
		.store = b->fleet->model[0].store,
		.own_tokens = 2 * BLOCK,
		.key = b->key + 2,
		.n_keys = BLOCKS - 2,
		.store_puts = w(b)->store_puts,
	};
}

static void a_store_that_gives_what_it_has_keeps_it(void **state)
{
	struct bed *b = *state;
	struct ingest_outcome o = start_with_store(b);

	for (size_t i = 0; i < 30; i++)
		assert_int_equal(ingest_report(b->ingest, &o), INGEST_EXACT);
	ingest_stop(b->ingest);
	assert_int_equal(stored(b), BLOCKS);
}

/* Its own events are right, so that nothing is held against the worker. */
static void what_a_store_does_not_give_it_does_not_have(void **state)
{
	struct bed *b = *state;
	struct ingest_outcome o = start_with_store(b);

	o.reported_tokens = 5 * BLOCK + 1;
	for (size_t i = 0; i < 50; i++)
		assert_int_equal(ingest_report(b->ingest, &o), INGEST_WRONG);
	WAIT(b, stored(b) == 5);
	ingest_stop(b->ingest);
	assert_int_equal(stored(b), 5);
	assert_int_equal(w(b)->event_resyncs, 0);
	assert_int_equal(w(b)->trust, WORKER_EXACT);
	assert_false(w(b)->store_fails);
}

/* One that has computed them puts them there, before its answer ends. */
static void what_it_has_put_there_since_is_there_again(void **state)
{
	struct bed *b = *state;
	struct ingest_outcome o = start_with_store(b);

	o.reported_tokens = 3 * BLOCK;
	o.store_puts -= 2;
	(void)ingest_report(b->ingest, &o);
	WAIT(b, stored(b) == 5);
	o.store_puts -= 100;
	(void)ingest_report(b->ingest, &o);
	ingest_stop(b->ingest);
	assert_int_equal(stored(b), 5);
}

static void a_hole_in_its_own_blocks_tells_nothing_of_the_store(void **state)
{
	struct bed *b = *state;
	struct ingest_outcome o = start_with_store(b);

	o.reported_tokens = BLOCK;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(ingest_report(b->ingest, &o), INGEST_WRONG);
	ingest_stop(b->ingest);
	assert_int_equal(stored(b), BLOCKS);
	assert_false(w(b)->store_fails);
}

static void one_that_never_gets_anything_does_without_it(void **state)
{
	struct bed *b = *state;
	struct ingest_outcome o = start_with_store(b);

	o.reported_tokens = 2 * BLOCK;
	for (size_t i = 0; i < 3; i++) {
		assert_false(w(b)->store_fails);
		(void)ingest_report(b->ingest, &o);
	}
	WAIT(b, w(b)->store_fails);
	assert_int_equal(stored(b), 2);
}

static void what_several_do_not_get_is_gone(void **state)
{
	struct bed *b = *state;
	struct ingest_outcome o = start_with_store(b);

	/* Another has missed something before. */
	o.store->n_missed = 1;
	o.reported_tokens = 2 * BLOCK;
	o.n_keys = 0;
	for (size_t i = 0; i < 3; i++)
		(void)ingest_report(b->ingest, &o);
	WAIT(b, stored(b) == 0);
	assert_false(w(b)->store_fails);
	publish(b, true);
	WAIT(b, stored(b) == 1);
}

static void a_store_outlives_its_workers_but_not_its_model(void **state)
{
	struct bed *b = *state;
	struct fleet *next;
	struct error err;
	struct store *s;

	(void)start_with_store(b);
	s = store_ref(b->fleet->model[0].store);
	b->worker.name = (char *)"another";
	next = fleet_create(&b->conf, b->fleet, &err);
	assert_non_null(next);
	ingest_set_fleet(b->ingest, next);
	fleet_unref(&b->fleet);
	b->fleet = next;
	WAIT(b, w(b)->trust == WORKER_EXACT);
	assert_int_equal(stored(b), BLOCKS);
	b->model.store.name = NULL;
	next = fleet_create(&b->conf, b->fleet, &err);
	ingest_set_fleet(b->ingest, next);
	fleet_unref(&b->fleet);
	b->fleet = next;
	WAIT(b, index_worker_blocks(b->exact, s->id, INDEX_OTHER) == 0);
	store_unref(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_store_that_gives_what_it_has_keeps_it),
		TEST(what_a_store_does_not_give_it_does_not_have),
		TEST(what_it_has_put_there_since_is_there_again),
		TEST(a_hole_in_its_own_blocks_tells_nothing_of_the_store),
		TEST(one_that_never_gets_anything_does_without_it),
		TEST(what_several_do_not_get_is_gone),
		TEST(a_store_outlives_its_workers_but_not_its_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
