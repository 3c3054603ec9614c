#include "tests/unit/ingest/bed.h"

#define STORE 9

static struct store store;
static struct fleet_place place;
static unsigned worker_id;

/* The bed's worker uses the model's store. */
static int set_up_store(void **state)
{
	struct bed *b;

	(void)set_up(state);
	b = *state;
	store = (struct store){.id = STORE};
	place = (struct fleet_place){.uses_store = true};
	worker_id = b->worker->id;
	b->model.store = &store;
	b->model.place = &place;
	b->model.worker = &b->worker;
	b->model.worker_id = &worker_id;
	b->model.n_workers = 1;
	return 0;
}

static size_t stored(const struct bed *b)
{
	return index_worker_blocks(b->index, STORE, INDEX_OTHER);
}

static size_t own(const struct bed *b)
{
	return index_worker_blocks(b->index, b->worker->id, INDEX_OTHER);
}

static void tell(struct bed *b, enum event_kind kind, size_t n,
		 struct slice medium)
{
	struct event_out e = run_of(b, 0, n);

	e.kind = kind;
	e.medium = medium;
	assert_int_equal(announce(b, e), APPLY_DONE);
}

static void its_media_are_the_stores_and_others_the_workers(void **state)
{
	struct bed *b = *state;

	begin(b);
	hash_all(b, SLICE(""));
	tell(b, EVENT_STORED, 3, SLICE("GPU"));
	tell(b, EVENT_STORED, 2, SLICE("CPU"));
	assert_int_equal(stored(b), 0);
	assert_int_equal(own(b), 2);
	tell(b, EVENT_STORED, 3, SLICE("FS"));
	tell(b, EVENT_STORED, 3, SLICE("FS"));
	assert_int_equal(stored(b), 3);
	assert_int_equal(own(b), 2);
	tell(b, EVENT_REMOVED, 2, SLICE("FS"));
	assert_int_equal(stored(b), 1);
	assert_int_equal(own(b), 2);
	assert_int_equal(held_by_engine(b), 3);
}

static void in_one_batch_each_goes_where_it_belongs(void **state)
{
	struct bed *b = *state;
	struct event_out e[3];

	begin(b);
	hash_all(b, SLICE(""));
	e[0] = run_of(b, 0, 3);
	e[1] = e[2] = run_of(b, 0, 2);
	e[1].medium = SLICE("FS");
	e[2].medium = SLICE("CPU");
	assert_int_equal(announce_all(b, e, 3), APPLY_DONE);
	assert_int_equal(held_by_engine(b), 3);
	assert_int_equal(stored(b), 2);
	assert_int_equal(own(b), 2);
}

static void what_a_worker_put_there_outlives_it(void **state)
{
	struct bed *b = *state;
	struct event_out cleared = {.kind = EVENT_CLEARED};

	begin(b);
	hash_all(b, SLICE(""));
	tell(b, EVENT_STORED, 3, SLICE("GPU"));
	tell(b, EVENT_STORED, 3, SLICE("OBJ"));
	assert_int_equal(announce(b, cleared), APPLY_DONE);
	assert_int_equal(held_by_engine(b), 0);
	assert_int_equal(stored(b), 3);
	apply_clear(&b->apply, true);
	assert_int_equal(stored(b), 3);
}

/* By tokens a removal is told by a name, which must still be known. */
static void a_removal_after_all_was_cleared_finds_its_block(void **state)
{
	struct bed *b = *state;
	struct event_out cleared = {.kind = EVENT_CLEARED};

	b->conf.key_mode = CONF_KEY_TOKENS;
	begin(b);
	hash_all(b, SLICE(""));
	tell(b, EVENT_STORED, 3, SLICE("GPU"));
	tell(b, EVENT_STORED, 3, SLICE("FS"));
	assert_int_equal(announce(b, cleared), APPLY_DONE);
	tell(b, EVENT_REMOVED, 3, SLICE("FS"));
	assert_int_equal(stored(b), 0);
	assert_int_equal(b->apply.count.orphaned, 0);
}

static void one_that_does_not_use_it_keeps_its_own(void **state)
{
	struct bed *b = *state;

	place.uses_store = false;
	begin(b);
	hash_all(b, SLICE(""));
	tell(b, EVENT_STORED, 3, SLICE("FS"));
	assert_int_equal(stored(b), 0);
	assert_int_equal(own(b), 3);
}

static void a_reload_may_attach_it(void **state)
{
	struct bed *b = *state;

	place.uses_store = false;
	begin(b);
	hash_all(b, SLICE(""));
	place.uses_store = true;
	apply_set_model(&b->apply, &b->model);
	tell(b, EVENT_STORED, 3, SLICE("FS"));
	assert_int_equal(stored(b), 3);
	b->model.store = NULL;
	apply_set_model(&b->apply, &b->model);
	tell(b, EVENT_STORED, 3, SLICE("FS"));
	assert_int_equal(own(b), 3);
}

static void the_gpu_is_nobodys_store(void **state)
{
	struct bed *b = *state;
	char *medium[] = {(char *)"*"};

	b->conf.store = (struct conf_store){.medium = medium, .n_media = 1};
	begin(b);
	hash_all(b, SLICE(""));
	tell(b, EVENT_STORED, 3, SLICE("GPU"));
	assert_int_equal(stored(b), 0);
	assert_int_equal(held_by_engine(b), 3);
	tell(b, EVENT_STORED, 3, SLICE("cpu"));
	assert_int_equal(stored(b), 3);
}

#undef TEST
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up_store, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(its_media_are_the_stores_and_others_the_workers),
		TEST(in_one_batch_each_goes_where_it_belongs),
		TEST(what_a_worker_put_there_outlives_it),
		TEST(a_removal_after_all_was_cleared_finds_its_block),
		TEST(one_that_does_not_use_it_keeps_its_own),
		TEST(a_reload_may_attach_it),
		TEST(the_gpu_is_nobodys_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
