#include "router/decision/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/decision/made.h"

static struct made m;

static void what_several_lanes_found_stands_in_the_order_of_time(void **unused)
{
	struct decision_ring *a = decision_ring_create(64 << 10);
	struct decision_ring *b = decision_ring_create(64 << 10);
	struct decision_list all = {0}, more = {0};
	uint32_t ticket;

	(void)unused;
	made_begin(&m, "cost", 2);
	for (uint64_t t = 1; t <= 10; t++) {
		m.made.wall_us = t;
		decision_ring_add(t % 2 ? a : b, &m.made, &ticket);
	}
	decision_list_find(&all, a, &(struct decision_wanted){SLICE(""), 9});
	decision_list_find(&more, b, &(struct decision_wanted){SLICE(""), 9});
	decision_ring_destroy(&a);
	decision_ring_destroy(&b);
	decision_list_take(&all, &more);
	assert_int_equal(more.n, 0);
	assert_int_equal(all.n, 10);
	decision_list_sort(&all, 7);
	assert_int_equal(all.n, 7);
	for (size_t i = 0; i < 7; i++)
		assert_int_equal(all.record[i]->wall_us, 10 - i);
	decision_list_fini(&all);
	made_end(&m);
}

static void where_nothing_is_remembered_nothing_is_found(void **unused)
{
	struct decision_list l = {0}, none = {0};

	(void)unused;
	decision_list_find(&l, NULL, &(struct decision_wanted){SLICE("x"), 9});
	decision_list_take(&l, &none);
	decision_list_sort(&l, 3);
	assert_int_equal(l.n, 0);
	decision_list_fini(&l);
}

static void of_one_moment_the_last_try_stands_first(void **unused)
{
	struct decision_ring *r = decision_ring_create(64 << 10);
	struct decision_list l = {0};
	uint32_t ticket;

	(void)unused;
	made_begin(&m, "cost", 1);
	m.made.try = 2;
	decision_ring_add(r, &m.made, &ticket);
	m.made.try = 1;
	decision_ring_add(r, &m.made, &ticket);
	decision_list_find(&l, r, &(struct decision_wanted){SLICE("mine"), 9});
	decision_list_sort(&l, 9);
	assert_int_equal(l.record[0]->try, 2);
	decision_list_fini(&l);
	decision_ring_destroy(&r);
	made_end(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_several_lanes_found_stands_in_the_order_of_time),
		cmocka_unit_test(where_nothing_is_remembered_nothing_is_found),
		cmocka_unit_test(of_one_moment_the_last_try_stands_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
