#include "router/placement/moves.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/abort.h"

static struct moves moves;
static uint64_t now_ms;

static int begin(void **unused)
{
	(void)unused;
	moves = (struct moves){0};
	now_ms = 1000000;
	return 0;
}

static struct move *add(uint64_t key, unsigned to)
{
	return moves_add(&moves, &(struct move){.tokens_key = key, .to = to},
			 now_ms);
}

static void so_many_are_under_way_and_no_more(void **unused)
{
	struct move *first = add(1, 1);

	(void)unused;
	for (unsigned i = 1; i < MOVES_OPEN; i++)
		assert_non_null(add(1 + i, 1));
	assert_null(add(100, 1));
	moves_set(&moves, first, MOVE_CAME, now_ms);
	assert_non_null(add(100, 1));
	assert_null(add(101, 1));
}

static void the_one_that_was_planned_first_is_forgotten_first(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < MOVES_KEPT; i++)
		moves_set(&moves, add(i, 1), MOVE_EXPIRED, now_ms);
	assert_int_equal(add(1000, 1) - moves.move, 0);
	assert_int_equal(add(1001, 1)->number, MOVES_KEPT + 2);
}

static void one_under_way_is_not_planned_again(void **unused)
{
	(void)unused;
	assert_true(move_bars(add(1, 1), now_ms + 1000000));
	assert_false(move_bars(&(struct move){0}, now_ms));
}

static void one_that_came_to_nothing_is_not_tried_at_once(void **unused)
{
	struct move *v = add(1, 1);

	(void)unused;
	moves_set(&moves, v, MOVE_EXPIRED, now_ms);
	assert_true(move_bars(v, now_ms + MOVES_BARRED_MS - 1));
	assert_false(move_bars(v, now_ms + MOVES_BARRED_MS));
}

static void what_becomes_of_one(void **unused)
{
	struct move *v = add(1, 1);

	(void)unused;
	assert_int_equal(moves_next(v, false, now_ms), MOVE_PLANNED);
	assert_int_equal(moves_next(v, true, now_ms), MOVE_CAME);
	assert_int_equal(moves_next(v, false, now_ms + MOVES_OPEN_MS),
			 MOVE_EXPIRED);
	now_ms += 500;
	moves_set(&moves, v, MOVE_SENT, now_ms);
	assert_int_equal(moves_next(v, true, now_ms), MOVE_DONE);
	assert_int_equal(moves_next(v, false, now_ms + MOVES_SENT_MS - 1),
			 MOVE_SENT);
	assert_int_equal(moves_next(v, false, now_ms + MOVES_SENT_MS),
			 MOVE_FAILED);
	assert_int_equal(moves.n_open, 1);
	moves_set(&moves, v, MOVE_DONE, now_ms);
	assert_int_equal(moves.n_open, 0);
}

static void end_again(void *move)
{
	moves_set(&moves, move, MOVE_DONE, now_ms);
}

static void one_that_is_over_stays_so(void **unused)
{
	struct move *v = add(1, 1);

	(void)unused;
	moves_set(&moves, v, MOVE_EXPIRED, now_ms);
	assert_true(aborts(end_again, v));
	assert_false(move_is_open(v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, begin)
		TEST(so_many_are_under_way_and_no_more),
		TEST(the_one_that_was_planned_first_is_forgotten_first),
		TEST(one_under_way_is_not_planned_again),
		TEST(one_that_came_to_nothing_is_not_tried_at_once),
		TEST(what_becomes_of_one),
		TEST(one_that_is_over_stays_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
