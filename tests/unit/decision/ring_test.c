#include "router/decision/ring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/decision/made.h"

static struct made m;

static void count(void *n, const struct decision_record *found)
{
	(void)found;
	++*(size_t *)n;
}

static size_t find(struct decision_ring *r, struct slice id, size_t max,
		   void (*take)(void *arg, const struct decision_record *found),
		   void *arg)
{
	const struct decision_wanted w = {id, max};

	return decision_ring_find(r, &w, take, arg);
}

static void note_try(void *text, const struct decision_record *found)
{
	char one[8];

	snprintf(one, sizeof(one), "%u ", found->try);
	strcat(text, one);
}

static void what_was_added_is_found_by_its_ticket_and_its_ids(void **unused)
{
	struct decision_ring *r = decision_ring_create(64 << 10);
	char tries[32] = "";
	uint32_t ticket;
	size_t n = 0;

	(void)unused;
	made_begin(&m, "cost", 2);
	for (m.made.try = 1; m.made.try <= 3; m.made.try++)
		assert_non_null(decision_ring_add(r, &m.made, &ticket));
	assert_int_equal(decision_ring_get(r, ticket)->try, 3);
	assert_int_equal(find(r, slice_of(m.made.id), 9, note_try, tries), 3);
	assert_string_equal(tries, "3 2 1 ");
	assert_int_equal(find(r, SLICE("mine"), 2, count, &n), 2);
	assert_int_equal(find(r, SLICE("min"), 9, count, &n), 0);
	assert_int_equal(find(r, SLICE(""), 9, count, &n), 3);
	decision_ring_destroy(&r);
	made_end(&m);
}

static void those_under_way_are_left_out_where_only_ended_are_wanted(
	void **unused)
{
	struct decision_ring *r = decision_ring_create(64 << 10);
	const struct decision_wanted w = {SLICE(""), 2, true};
	char tries[32] = "";
	uint32_t ticket;

	(void)unused;
	made_begin(&m, "cost", 2);
	assert_int_equal(decision_ring_find(r, &w, note_try, tries), 0);
	for (m.made.try = 1; m.made.try <= 5; m.made.try++) {
		assert_non_null(decision_ring_add(r, &m.made, &ticket));
		if (m.made.try % 2 == 1 && m.made.try < 5)
			decision_ring_get(r, ticket)->outcome.name = "ok";
	}
	assert_int_equal(decision_ring_find(r, &w, note_try, tries), 2);
	assert_string_equal(tries, "3 1 ");
	decision_ring_destroy(&r);
	made_end(&m);
}

static void the_oldest_makes_room(void **unused)
{
	struct decision_ring *r = decision_ring_create(64 << 10);
	uint32_t first, last;
	size_t n = 0;

	(void)unused;
	made_begin(&m, "cost", 3);
	decision_ring_add(r, &m.made, &first);
	for (m.made.try = 1; m.made.try < 1000; m.made.try++) {
		/* Of many sizes, so that all ways round the end come up. */
		m.made.query = &m.query;
		decision_roster_unref(&m.roster);
		m.query.n = m.made.try % 16;
		m.roster = decision_roster_of(
			"m", "",
			(const char *[]){"a", "b", "c", "d", "e", "f", "g", "h",
					 "i", "j", "k", "l", "m", "n", "o",
					 "p"},
			m.query.n);
		m.made.roster = m.roster;
		assert_non_null(decision_ring_add(r, &m.made, &last));
		assert_int_equal(decision_ring_get(r, last)->try, m.made.try);
		assert_int_equal(decision_ring_get(r, last - 1)->roster->n,
				 last == 2 ? 3 : (m.made.try - 1) % 16);
	}
	assert_null(decision_ring_get(r, first));
	find(r, SLICE(""), 1000, count, &n);
	assert_in_range(n, 10, 100);
	decision_ring_destroy(&r);
	made_end(&m);
}

static void many_small_ones_are_bounded_by_their_number(void **unused)
{
	struct decision_ring *r = decision_ring_create(8 << 10);
	uint32_t ticket;
	size_t n = 0;

	(void)unused;
	made_begin(&m, "cost", 0);
	for (int i = 0; i < 100; i++)
		assert_non_null(decision_ring_add(r, &m.made, &ticket));
	find(r, SLICE(""), 1000, count, &n);
	assert_in_range(n, 1, 17);
	decision_ring_destroy(&r);
	made_end(&m);
}

static void what_is_larger_than_the_ring_is_not_kept(void **unused)
{
	struct decision_ring *r = decision_ring_create(2000);
	uint32_t ticket = 5;

	(void)unused;
	made_begin(&m, "cost", 16);
	assert_null(decision_ring_add(r, &m.made, &ticket));
	assert_int_equal(ticket, 0);
	assert_null(decision_ring_get(r, 0));
	assert_null(decision_ring_get(r, 1));
	assert_int_equal(find(r, SLICE(""), 9, count, NULL), 0);
	decision_ring_destroy(&r);
	made_end(&m);
}

static void no_bytes_are_no_ring(void **unused)
{
	struct decision_ring *r = decision_ring_create(0);

	(void)unused;
	assert_null(r);
	decision_ring_destroy(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_was_added_is_found_by_its_ticket_and_its_ids),
		cmocka_unit_test(
			those_under_way_are_left_out_where_only_ended_are_wanted),
		cmocka_unit_test(the_oldest_makes_room),
		cmocka_unit_test(many_small_ones_are_bounded_by_their_number),
		cmocka_unit_test(what_is_larger_than_the_ring_is_not_kept),
		cmocka_unit_test(no_bytes_are_no_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
