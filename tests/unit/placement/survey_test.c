#include "router/placement/survey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/placement/bed.h"

static struct bed bed;
static struct book book;
static struct moves moves;
static struct index_reader *reader;
static struct survey survey;

static int begin(void **unused)
{
	(void)unused;
	bed_begin(&bed, "advise");
	reader = index_reader_create(bed.index);
	book_clear(&book);
	moves = (struct moves){0};
	survey = (struct survey){0};
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	survey_fini(&survey);
	index_reader_destroy(&reader);
	bed_end(&bed);
	return 0;
}

static void look(void)
{
	const struct survey_view v = {
		.model = &bed.fleet->model[0],
		.book = &book,
		.moves = &moves,
		.index = bed.index,
		.read = reader,
		.now_ms = BED_NOW_MS,
	};

	survey_fini(&survey);
	survey_make(&v, &survey);
}

static void see(uint64_t key, uint32_t blocks, double weight)
{
	const struct sighting s = {
		.tokens_key = key,
		.engine_key = key + 1000,
		.blocks = blocks,
		.beyond = 300,
	};

	book_saw(&book, &s, weight, BED_NOW_MS);
}

static const struct plan_worker *worker(size_t i)
{
	look();
	return &survey.query.worker[i];
}

static enum plan_holds holds(size_t i)
{
	look();
	return survey.query.prefix[0].holds[i];
}

static void who_holds_a_prefix_is_known_by_its_own_keys(void **unused)
{
	(void)unused;
	see(5, 100, 4);
	index_store(bed.index, 5, bed.worker[0]->id, INDEX_GPU);
	index_store(bed.index, 1005, bed.worker[1]->id, INDEX_OTHER);
	atomic_store(&bed.worker[1]->keys, WORKER_KEYS_ENGINE);
	/* A hash of another kind, that happens to be the same. */
	index_store(bed.index, 1005, bed.worker[2]->id, INDEX_GPU);
	assert_int_equal(holds(0), PLAN_HOLDS);
	assert_int_equal(holds(1), PLAN_HOLDS);
	assert_int_equal(holds(2), PLAN_LACKS);
	assert_int_equal(survey.query.prefix[0].tokens, 1600);
	assert_true(survey.query.prefix[0].weight == 4);
	assert_true(survey_is_there(reader, bed.worker[1], 5, 1005));
	assert_false(survey_is_there(reader, bed.worker[1], 5, 0));
	assert_false(survey_is_there(reader, bed.worker[2], 5, 1005));
}

static void who_is_not_believed_holds_nothing(void **unused)
{
	(void)unused;
	see(5, 100, 4);
	index_store(bed.index, 5, bed.worker[0]->id, INDEX_GPU);
	atomic_store(&bed.worker[0]->trust, WORKER_FALLBACK);
	assert_int_equal(holds(0), PLAN_LACKS);
	assert_false(survey_is_there(reader, bed.worker[0], 5, 1005));
}

static void who_only_prefills_gets_copies_if_it_can_be_told(void **unused)
{
	struct worker *w = bed.worker[0];

	(void)unused;
	assert_true(worker(0)->admits);
	w->role = CONF_ROLE_PREFILL;
	w->connector = CONF_CONNECTOR_NIXL;
	assert_true(worker(0)->admits);
	w->connector = CONF_CONNECTOR_MOONCAKE;
	assert_false(worker(0)->admits);
	/* These never compute a prompt. */
	w->role = CONF_ROLE_DECODE;
	w->connector = CONF_CONNECTOR_SGLANG;
	assert_false(worker(0)->admits);
	w->role = CONF_ROLE_BOTH;
	w->connector = CONF_CONNECTOR_NONE;
	assert_true(worker(0)->admits);
}

static void what_is_on_its_way_is_no_more_wanted_there(void **unused)
{
	(void)unused;
	see(5, 100, 4);
	moves_add(&moves,
		  &(struct move){.tokens_key = 5,
				 .from = bed.worker[0]->id,
				 .to = bed.worker[2]->id},
		  BED_NOW_MS);
	assert_int_equal(holds(2), PLAN_COMING);
	assert_int_equal(survey.query.worker[2].getting, 1);
	assert_int_equal(survey.query.worker[0].giving, 1);
	assert_int_equal(survey.query.worker[1].getting, 0);
}

static void a_worker_is_as_its_gate_says(void **unused)
{
	(void)unused;
	assert_true(worker(0)->admits && worker(0)->gives);
	atomic_store(&bed.worker[0]->gate, GATE_RAMPS);
	assert_true(worker(0)->warms && worker(0)->admits);
	atomic_store(&bed.worker[0]->gate, GATE_DRAINING);
	assert_true(worker(0)->drains && worker(0)->gives);
	assert_false(worker(0)->admits);
	for (enum gate g = GATE_TRIES; g <= GATE_DOWN; g++) {
		atomic_store(&bed.worker[0]->gate, g);
		assert_false(worker(0)->admits);
		assert_int_equal(worker(0)->gives, g == GATE_TRIES);
	}
}

static void who_keeps_nothing_in_host_memory_gives_nothing(void **unused)
{
	(void)unused;
	atomic_store(&bed.worker[0]->spills, false);
	assert_false(worker(0)->gives);
	index_store(bed.index, 5, bed.worker[0]->id, INDEX_OTHER);
	assert_true(worker(0)->gives);
}

static void its_room_is_what_nothing_live_holds(void **unused)
{
	struct backlog_part part = {.live_tokens = 600};

	(void)unused;
	assert_true(worker(0)->room_tokens > 1e9);
	atomic_store(&bed.worker[0]->kv_blocks, 100);
	backlog_add(&bed.worker[0]->backlog, &part, 600, BED_NOW_MS * 1000);
	assert_true(worker(0)->room_tokens == 1000);
}

static void where_nobody_can_fetch_nothing_is_looked_for(void **unused)
{
	(void)unused;
	see(5, 100, 4);
	for (size_t i = 0; i < 3; i++)
		atomic_store(&bed.worker[i]->release, 26);
	look();
	assert_int_equal(survey.query.n_prefixes, 0);
}

static void what_would_be_lost_is_what_nobody_else_holds(void **unused)
{
	(void)unused;
	atomic_store(&bed.worker[0]->gate, GATE_DRAINING);
	atomic_store(&bed.worker[1]->gate, GATE_DRAINING);
	for (uint64_t key = 1; key <= 3; key++) {
		see(key, 100, 1);
		index_store(bed.index, key, bed.worker[0]->id, INDEX_GPU);
	}
	/* Another that drains keeps nothing for anybody. */
	index_store(bed.index, 1, bed.worker[1]->id, INDEX_GPU);
	index_store(bed.index, 2, bed.worker[2]->id, INDEX_OTHER);
	look();
	assert_int_equal(survey_only_there(&survey, 0), 2);
	assert_int_equal(survey_only_there(&survey, 1), 1);
	assert_int_equal(survey_only_there(&survey, 2), 0);
}

static void what_is_only_on_its_way_elsewhere_is_not_there(void **unused)
{
	(void)unused;
	atomic_store(&bed.worker[0]->gate, GATE_DRAINING);
	see(5, 100, 1);
	index_store(bed.index, 5, bed.worker[0]->id, INDEX_GPU);
	moves_add(&moves,
		  &(struct move){.tokens_key = 5, .to = bed.worker[2]->id},
		  BED_NOW_MS);
	look();
	assert_int_equal(survey_only_there(&survey, 0), 1);
}

static void what_nobody_asks_for_any_more_is_no_loss(void **unused)
{
	(void)unused;
	atomic_store(&bed.worker[0]->gate, GATE_DRAINING);
	see(5, 100, 0.2);
	index_store(bed.index, 5, bed.worker[0]->id, INDEX_GPU);
	look();
	assert_int_equal(survey_only_there(&survey, 0), 0);
}

static void the_hottest_are_looked_at(void **unused)
{
	(void)unused;
	for (uint32_t i = 1; i <= 2 * SURVEY_PREFIXES; i++)
		see(i, 100, i);
	look();
	assert_int_equal(survey.query.n_prefixes, SURVEY_PREFIXES);
	assert_int_equal(survey.prefix[0]->tokens_key, 2 * SURVEY_PREFIXES);
	for (size_t i = 0; i < SURVEY_PREFIXES; i++)
		assert_true(survey.query.prefix[i].weight > SURVEY_PREFIXES);
}

static void other_models_prefixes_are_left_out(void **unused)
{
	const struct sighting s = {.tokens_key = 1, .blocks = 9, .model = 1};

	(void)unused;
	book_saw(&book, &s, 1, BED_NOW_MS);
	look();
	assert_int_equal(survey.query.n_prefixes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
		TEST(who_holds_a_prefix_is_known_by_its_own_keys),
		TEST(who_is_not_believed_holds_nothing),
		TEST(who_only_prefills_gets_copies_if_it_can_be_told),
		TEST(what_is_on_its_way_is_no_more_wanted_there),
		TEST(a_worker_is_as_its_gate_says),
		TEST(who_keeps_nothing_in_host_memory_gives_nothing),
		TEST(its_room_is_what_nothing_live_holds),
		TEST(where_nobody_can_fetch_nothing_is_looked_for),
		TEST(what_would_be_lost_is_what_nobody_else_holds),
		TEST(what_is_only_on_its_way_elsewhere_is_not_there),
		TEST(what_nobody_asks_for_any_more_is_no_loss),
		TEST(the_hottest_are_looked_at),
		TEST(other_models_prefixes_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
