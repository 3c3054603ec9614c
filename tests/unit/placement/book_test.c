#include "router/placement/book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define NEAR(a, b) assert_true((a) > 0.9 * (b) && (a) < 1.1 * (b))

static struct book book;
static uint64_t now_ms;

static int begin(void **unused)
{
	(void)unused;
	book_clear(&book);
	now_ms = 1000000;
	return 0;
}

static void see(uint64_t key, double weight)
{
	const struct sighting s = {
		.tokens_key = key, .blocks = 100, .beyond = 500};

	book_saw(&book, &s, weight, now_ms);
}

static const struct book_prefix *find(uint64_t key)
{
	for (size_t i = 0; i < BOOK_PREFIXES; i++)
		if (book.prefix[i].blocks > 0 &&
		    book.prefix[i].tokens_key == key)
			return &book.prefix[i];
	return NULL;
}

static void see_for(uint64_t key, unsigned n, unsigned each_ms)
{
	for (unsigned i = 0; i < n; i++) {
		see(key, 1);
		now_ms += each_ms;
	}
}

static void a_steady_demand_is_told_as_it_is(void **unused)
{
	(void)unused;
	see_for(1, 1500, 200);
	NEAR(book_rate(find(1), now_ms), 5);
	NEAR(book_outlook(find(1), now_ms), 5);
	assert_true(find(1)->beyond == 500);
}

static void a_demand_that_rises_is_expected_to_rise_on(void **unused)
{
	(void)unused;
	see_for(1, 300, 1000);
	see_for(1, 60, 100);
	assert_true(book_outlook(find(1), now_ms) >
		    1.3 * book_rate(find(1), now_ms));
}

static void one_that_has_ended_is_forgotten_by_and_by(void **unused)
{
	(void)unused;
	see_for(1, 300, 200);
	now_ms += 10000;
	assert_true(book_rate(find(1), now_ms) < 1);
	assert_true(book_outlook(find(1), now_ms) < 5);
	now_ms += 300000;
	assert_true(book_outlook(find(1), now_ms) < 0.01);
	assert_true(book_weight(find(1), now_ms) < 0.2);
}

static void a_sighting_may_stand_for_several(void **unused)
{
	(void)unused;
	see(1, 4);
	assert_true(book_weight(find(1), now_ms) == 4);
}

static void what_is_asked_for_least_gives_way(void **unused)
{
	(void)unused;
	/* All have the same places. */
	for (uint64_t i = 1; i <= BOOK_WAYS; i++)
		see(i * BOOK_PREFIXES, i == 3 ? 1 : 5);
	see(100 * BOOK_PREFIXES, 1);
	assert_null(find(3 * BOOK_PREFIXES));
	assert_non_null(find(100 * BOOK_PREFIXES));
	for (uint64_t i = 1; i <= BOOK_WAYS; i++)
		if (i != 3)
			assert_non_null(find(i * BOOK_PREFIXES));
}

static void an_engine_key_that_is_not_told_does_not_erase_one(void **unused)
{
	struct sighting s = {.tokens_key = 1, .engine_key = 9, .blocks = 1};

	(void)unused;
	book_saw(&book, &s, 1, now_ms);
	s.engine_key = 0;
	book_saw(&book, &s, 1, now_ms);
	assert_int_equal(find(1)->engine_key, 9);
}

static void a_clock_that_stands_still_does_no_harm(void **unused)
{
	(void)unused;
	see(1, 1);
	now_ms -= 500;
	see(1, 1);
	assert_true(book_weight(find(1), now_ms) == 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_steady_demand_is_told_as_it_is, begin),
		cmocka_unit_test_setup(
			a_demand_that_rises_is_expected_to_rise_on, begin),
		cmocka_unit_test_setup(
			one_that_has_ended_is_forgotten_by_and_by, begin),
		cmocka_unit_test_setup(a_sighting_may_stand_for_several, begin),
		cmocka_unit_test_setup(what_is_asked_for_least_gives_way,
				       begin),
		cmocka_unit_test_setup(
			an_engine_key_that_is_not_told_does_not_erase_one,
			begin),
		cmocka_unit_test_setup(a_clock_that_stands_still_does_no_harm,
				       begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
