#include "router/proxy/waiting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct waiting_room room;

static void add_of(struct waiting *w, unsigned class, uint64_t since_ms,
		   const void *whose)
{
	*w = (struct waiting){
		.class = class, .since_ms = since_ms, .whose = whose};
	list_init(&w->link);
	waiting_add(&room, w);
}

static void add(struct waiting *w, unsigned class, uint64_t since_ms)
{
	add_of(w, class, since_ms, NULL);
}

static void next_is(const struct waiting *wanted)
{
	assert_ptr_equal(waiting_take(&room), wanted);
}

static int begin(void **state)
{
	(void)state;
	waiting_room_init(&room);
	return 0;
}

static void the_oldest_of_a_class_goes_first(void **state)
{
	struct waiting w[3];

	(void)state;
	for (size_t i = 0; i < 3; i++)
		add(&w[i], 5, 100 + i);
	for (size_t i = 0; i < 3; i++)
		next_is(&w[i]);
	next_is(NULL);
	assert_true(list_empty(&w[0].link));
}

static void a_higher_class_goes_before_older_ones(void **state)
{
	struct waiting low, high, highest;

	(void)state;
	add(&low, 0, 100);
	add(&high, 5, 200);
	add(&highest, 9, 300);
	next_is(&highest);
	next_is(&high);
	next_is(&low);
}

static void the_higher_of_two_that_came_together_goes_first(void **state)
{
	struct waiting low, high;

	(void)state;
	add(&low, 4, 1000);
	add(&high, 5, 2000);
	next_is(&high);
	next_is(&low);
}

/* However many come: they came too late. */
static void nobody_waits_for_ever(void **state)
{
	struct waiting low, high[100];

	(void)state;
	add(&low, 0, 1000);
	for (size_t i = 0; i < 100; i++)
		add(&high[i], 9, 1000 + 9 * WAITING_CLASS_MS + 1 + i);
	next_is(&low);
	next_is(&high[0]);
}

static void who_leaves_is_passed_over(void **state)
{
	struct waiting a, b;

	(void)state;
	add(&a, 5, 1);
	add(&b, 5, 2);
	list_remove(&a.link);
	next_is(&b);
	next_is(NULL);
}

static void all_are_moved_in_order(void **state)
{
	struct waiting w[4];
	struct waiting_room to;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		add(&w[i], (unsigned)(i % 2), i);
	waiting_move(&room, &to);
	next_is(NULL);
	assert_ptr_equal(waiting_take(&to), &w[1]);
	assert_ptr_equal(waiting_take(&to), &w[3]);
	/* It may leave from there, too. */
	list_remove(&w[0].link);
	assert_ptr_equal(waiting_take(&to), &w[2]);
	assert_null(waiting_take(&to));
}

static void who_has_waited_longest_is_known_whatever_its_class(void **state)
{
	struct waiting low, high;

	(void)state;
	assert_true(waiting_oldest_ms(&room) == UINT64_MAX);
	add(&high, 9, 300);
	assert_int_equal(waiting_oldest_ms(&room), 300);
	add(&low, 0, 200);
	assert_int_equal(waiting_oldest_ms(&room), 200);
}

static void tenants_of_a_class_take_turns(void **state)
{
	const char *many = "many", *few = "few";
	struct waiting m[4], f[2];

	(void)state;
	for (size_t i = 0; i < 4; i++)
		add_of(&m[i], 5, 100 + i, many);
	for (size_t i = 0; i < 2; i++)
		add_of(&f[i], 5, 200 + i, few);
	next_is(&m[0]);
	next_is(&f[0]);
	next_is(&m[1]);
	next_is(&f[1]);
	next_is(&m[2]);
	next_is(&m[3]);
}

static void who_comes_back_has_its_turn_still(void **state)
{
	const char *many = "many", *few = "few";
	struct waiting m[3], f;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		add_of(&m[i], 5, 100 + i, many);
	add_of(&f, 5, 200, few);
	next_is(&m[0]);
	next_is(&f);
	waiting_add(&room, &f);
	waiting_add(&room, &m[0]);
	next_is(&m[0]);
	next_is(&f);
	next_is(&m[1]);
}

static void those_put_back_are_in_order(void **state)
{
	struct waiting w[3], late;
	struct waiting_room round;
	struct waiting *each;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		add(&w[i], 5, i);
	waiting_move(&room, &round);
	while ((each = waiting_take(&round)) != NULL)
		waiting_put_back(&room, each);
	add(&late, 5, 9);
	for (size_t i = 0; i < 3; i++)
		next_is(&w[i]);
	next_is(&late);
}

static void how_long_it_will_take_is_known_by_who_went(void **state)
{
	(void)state;
	assert_int_equal(waiting_time_ms(&room, 100), 0);
	waiting_went(&room, 1000);
	assert_int_equal(waiting_time_ms(&room, 100), 0);
	for (uint64_t i = 1; i <= 100; i++)
		waiting_went(&room, 1000 + i * 50);
	assert_in_range(waiting_time_ms(&room, 100), 4900, 5100);
	waiting_went(&room, UINT64_MAX);
	assert_int_equal(waiting_time_ms(&room, 100), 3600000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			who_has_waited_longest_is_known_whatever_its_class,
			begin),
		cmocka_unit_test_setup(the_oldest_of_a_class_goes_first, begin),
		cmocka_unit_test_setup(a_higher_class_goes_before_older_ones,
				       begin),
		cmocka_unit_test_setup(
			the_higher_of_two_that_came_together_goes_first, begin),
		cmocka_unit_test_setup(nobody_waits_for_ever, begin),
		cmocka_unit_test_setup(who_leaves_is_passed_over, begin),
		cmocka_unit_test_setup(all_are_moved_in_order, begin),
		cmocka_unit_test_setup(tenants_of_a_class_take_turns, begin),
		cmocka_unit_test_setup(who_comes_back_has_its_turn_still,
				       begin),
		cmocka_unit_test_setup(those_put_back_are_in_order, begin),
		cmocka_unit_test_setup(
			how_long_it_will_take_is_known_by_who_went, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
