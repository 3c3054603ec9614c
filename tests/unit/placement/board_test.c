#include "router/placement/board.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TAKERS 3

static struct board board;
static const uint64_t chain[] = {11, 22, 33, 44, 55};
static struct board_move found;

static int begin(void **unused)
{
	(void)unused;
	board = (struct board){0};
	found = (struct board_move){0};
	return 0;
}

static bool find(size_t n)
{
	return board_find(&board, chain, n, &found);
}

static void the_longest_that_fits_is_found(void **unused)
{
	(void)unused;
	board_put(&board, 3, 22, 2, 7, 10);
	board_put(&board, 0, 44, 4, 9, 20);
	assert_true(find(5));
	assert_int_equal(found.to, 9);
	assert_true(found.favour_ms == 20);
	assert_true(find(3));
	assert_int_equal(found.to, 7);
	assert_int_equal(found.place, 3);
	assert_false(find(1));
}

static void an_empty_one_has_nothing(void **unused)
{
	(void)unused;
	assert_true(board_is_empty(&board));
	assert_false(find(5));
	board_put(&board, 1, 22, 2, 7, 10);
	assert_false(board_is_empty(&board));
	board_clear(&board, 1);
	board_clear(&board, 1);
	assert_true(board_is_empty(&board));
	assert_false(find(5));
}

static void another_prefix_of_that_length_does_not_fit(void **unused)
{
	(void)unused;
	board_put(&board, 1, 23, 2, 7, 10);
	assert_false(find(5));
}

static void what_is_taken_is_found_no_more(void **unused)
{
	(void)unused;
	board_put(&board, 1, 22, 2, 7, 10);
	board_put(&board, 2, 11, 1, 8, 10);
	assert_true(find(5) && board_take(&board, &found));
	assert_true(board_is_taken(&board, 1));
	assert_false(board_is_taken(&board, 2));
	assert_false(board_take(&board, &found));
	assert_true(find(5));
	assert_int_equal(found.to, 8);
}

static void who_takes_what_has_gone_takes_nothing_else(void **unused)
{
	(void)unused;
	board_put(&board, 1, 22, 2, 7, 10);
	assert_true(find(5));
	board_clear(&board, 1);
	board_put(&board, 1, 33, 3, 9, 10);
	board_take(&board, &found);
	assert_false(board_is_taken(&board, 1));
	assert_true(find(5));
	assert_int_equal(found.to, 9);
}

static void *take(void *n)
{
	struct board_move m;

	if (board_find(&board, chain, 5, &m) && board_take(&board, &m))
		atomic_fetch_add((atomic_uint *)n, 1);
	return NULL;
}

static void of_several_threads_one_takes_it(void **unused)
{
	pthread_t thread[TAKERS];
	atomic_uint n = 0;

	(void)unused;
	board_put(&board, 1, 22, 2, 7, 10);
	for (int i = 0; i < TAKERS; i++)
		pthread_create(&thread[i], NULL, take, &n);
	for (int i = 0; i < TAKERS; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, begin)
		TEST(the_longest_that_fits_is_found),
		TEST(an_empty_one_has_nothing),
		TEST(another_prefix_of_that_length_does_not_fit),
		TEST(what_is_taken_is_found_no_more),
		TEST(who_takes_what_has_gone_takes_nothing_else),
		TEST(of_several_threads_one_takes_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
