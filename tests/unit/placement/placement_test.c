#include "router/placement/placement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/placement/bed.h"

#define KEY    77
#define BLOCKS 500

static struct bed bed;
static struct loop loop;
static struct placement *placement;

static void begin_as(const char *mode)
{
	bed_begin(&bed, mode);
	loop_init(&loop);
	placement = placement_create(&loop, bed.metrics, bed.index);
	placement_set_fleet(placement, bed.fleet);
	index_store(bed.index, KEY, bed.worker[0]->id, INDEX_OTHER);
}

static int begin(void **unused)
{
	(void)unused;
	begin_as("advise");
	return 0;
}

static int begin_on(void **unused)
{
	(void)unused;
	begin_as("on");
	return 0;
}

static int begin_off(void **unused)
{
	(void)unused;
	begin_as("off");
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	placement_destroy(&placement);
	loop_fini(&loop);
	bed_end(&bed);
	return 0;
}

static void see(unsigned n)
{
	const struct sighting s = {
		.tokens_key = KEY, .blocks = BLOCKS, .beyond = 800};

	for (unsigned i = 0; i < n; i++)
		assert_true(sighting_put(placement_sightings(placement), &s));
}

/* Many ask for what the first holds, and it comes to be busy. */
static void swamp(uint64_t now_ms)
{
	see(50);
	recent_add(&bed.worker[0]->recent_tokens, 150000, now_ms);
}

static double count(const char *state, const char *reason)
{
	return metric_value(metrics_cell(bed.metrics, METRICS_PLACEMENT_MOVES,
					 reason, state));
}

static bool says(const char *text)
{
	struct slice s;

	buf_reset(&bed.out, SIZE_MAX);
	placement_report(placement, false, &bed.out);
	s = buf_slice(&bed.out);
	return memmem(s.p, s.n, text, strlen(text)) != NULL;
}

static void a_plan_is_made_and_told(void **unused)
{
	(void)unused;
	swamp(BED_NOW_MS);
	placement_look(placement, BED_NOW_MS);
	assert_true(says("\"mode\":\"advise\""));
	assert_true(says("\"state\":\"planned\",\"reason\":\"demand\""));
	assert_true(says("\"from\":\"w1\",\"to\":\"w2\""));
	assert_true(says("\"blocks\":500,\"tokens\":8000"));
	assert_true(count("planned", "demand") > 0);
	/* It is not made twice. */
	assert_true(says("\"planned\":2,\"under_way\":2"));
	placement_look(placement, BED_NOW_MS + 1000);
	assert_true(says("\"planned\":2,\"under_way\":2"));
}

static void what_comes_to_be_there_has_come(void **unused)
{
	(void)unused;
	swamp(BED_NOW_MS);
	placement_look(placement, BED_NOW_MS);
	index_store(bed.index, KEY, bed.worker[1]->id, INDEX_GPU);
	placement_look(placement, BED_NOW_MS + 1000);
	assert_true(count("came", "demand") == 1);
	assert_true(count("done", "demand") == 0);
	assert_true(says("\"state\":\"came\""));
}

static void what_only_a_drained_one_holds_is_told(void **unused)
{
	(void)unused;
	see(5);
	atomic_store(&bed.worker[0]->gate, GATE_DRAINING);
	placement_look(placement, BED_NOW_MS);
	assert_true(says("\"worker\":\"w1\",\"only_there\":1}"));
	assert_true(count("planned", "drain") == 1);
	index_store(bed.index, KEY, bed.worker[2]->id, INDEX_GPU);
	placement_look(placement, BED_NOW_MS + 1000);
	assert_true(says("\"worker\":\"w1\",\"only_there\":0}"));
	atomic_store(&bed.worker[0]->gate, GATE_ADMITS);
	placement_look(placement, BED_NOW_MS + 2000);
	assert_true(says("\"draining\":[]"));
}

static void what_nobody_asks_for_any_more_expires(void **unused)
{
	(void)unused;
	swamp(BED_NOW_MS);
	placement_look(placement, BED_NOW_MS);
	placement_look(placement, BED_NOW_MS + 60000);
	assert_true(count("expired", "demand") == 2);
	assert_true(says("\"under_way\":0"));
}

static void plans_of_another_configuration_are_void(void **unused)
{
	struct fleet *other = bed_fleet("advise", bed.fleet);

	(void)unused;
	swamp(BED_NOW_MS);
	placement_look(placement, BED_NOW_MS);
	placement_set_fleet(placement, other);
	assert_true(says("\"prefixes\":0"));
	assert_true(says("\"under_way\":0"));
	fleet_unref(&other);
}

/* --- on ------------------------------------------------------------------- */

static uint64_t chain[BLOCKS];

static bool find(struct board_move *out)
{
	chain[BLOCKS - 1] = KEY;
	return board_find(placement_board(placement), chain, BLOCKS, out);
}

/* Copies to both others are planned, and a request takes one along. */
static struct board_move take_one(void)
{
	struct board_move m;

	swamp(BED_NOW_MS);
	placement_look(placement, BED_NOW_MS);
	assert_true(find(&m));
	assert_true(board_take(placement_board(placement), &m));
	placement_look(placement, BED_NOW_MS + 1000);
	assert_true(count("sent", "demand") == 1);
	return m;
}

static void advice_is_not_for_requests(void **unused)
{
	(void)unused;
	swamp(BED_NOW_MS);
	placement_look(placement, BED_NOW_MS);
	assert_true(board_is_empty(placement_board(placement)));
}

static void what_was_taken_along_and_is_there_is_done(void **unused)
{
	struct board_move m, other;

	(void)unused;
	m = take_one();
	assert_true(m.favour_ms > 0 && m.favour_ms <= 250);
	assert_true(find(&other) && other.to != m.to);
	index_store(bed.index, KEY, m.to, INDEX_OTHER);
	placement_look(placement, BED_NOW_MS + 2000);
	assert_true(count("done", "demand") == 1);
	assert_true(
		metric_value(metrics_cell(bed.metrics, METRICS_PLACEMENT_BLOCKS,
					  "demand")) == BLOCKS);
}

static void what_was_taken_along_and_never_comes_has_failed(void **unused)
{
	(void)unused;
	take_one();
	placement_look(placement, BED_NOW_MS + 8000);
	assert_true(count("failed", "demand") == 0);
	placement_look(placement, BED_NOW_MS + 40000);
	assert_true(count("failed", "demand") == 1);
	assert_true(count("done", "demand") == 0);
}

static void what_expires_leaves_the_board(void **unused)
{
	(void)unused;
	swamp(BED_NOW_MS);
	placement_look(placement, BED_NOW_MS);
	assert_false(board_is_empty(placement_board(placement)));
	placement_look(placement, BED_NOW_MS + 60000);
	assert_true(board_is_empty(placement_board(placement)));
}

static void another_configuration_empties_the_board(void **unused)
{
	struct fleet *other = bed_fleet("off", bed.fleet);

	(void)unused;
	swamp(BED_NOW_MS);
	placement_look(placement, BED_NOW_MS);
	placement_set_fleet(placement, other);
	assert_true(board_is_empty(placement_board(placement)));
	fleet_unref(&other);
}

static void off_it_does_nothing(void **unused)
{
	(void)unused;
	swamp(BED_NOW_MS);
	placement_look(placement, BED_NOW_MS);
	atomic_store(&bed.worker[0]->gate, GATE_DRAINING);
	placement_look(placement, BED_NOW_MS + 1000);
	assert_true(says("\"draining\":[]"));
	assert_true(says("\"mode\":\"off\",\"prefixes\":0,\"planned\":0"));
}

static void idle_workers_are_given_nothing(void **unused)
{
	(void)unused;
	see(5);
	placement_look(placement, BED_NOW_MS);
	assert_true(says("\"prefixes\":1,\"planned\":0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
		TEST(a_plan_is_made_and_told),
		TEST(what_comes_to_be_there_has_come),
		TEST(what_only_a_drained_one_holds_is_told),
		TEST(what_nobody_asks_for_any_more_expires),
		TEST(plans_of_another_configuration_are_void),
		TEST(idle_workers_are_given_nothing),
		TEST(advice_is_not_for_requests),
#define ON(name) cmocka_unit_test_setup_teardown(name, begin_on, end)
		ON(what_was_taken_along_and_is_there_is_done),
		ON(what_was_taken_along_and_never_comes_has_failed),
		ON(what_expires_leaves_the_board),
		ON(another_configuration_empties_the_board),
		cmocka_unit_test_setup_teardown(off_it_does_nothing, begin_off,
						end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
