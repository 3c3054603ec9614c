#include "router/policy/reuse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void nothing_dropped_is_nothing_lost(void **unused)
{
	struct reuse *r = reuse_create(2, 1);
	uint64_t key = 5;

	(void)unused;
	for (int i = 0; i < 100; i++)
		reuse_asked(r, 0, &key, 1, i);
	assert_true(reuse_chance(r, 0) == 0);
	reuse_destroy(&r);
}

/* Keys 1…100 come round every 100 s; each other one is never seen again. */
static struct reuse *rounds(double drop_age_s)
{
	struct reuse *r = reuse_create(2, 1);
	uint64_t fresh = 1000;

	for (int i = 0; i < 20000; i++) {
		uint64_t key[2] = {1 + (uint64_t)(i % 100), fresh++};

		reuse_asked(r, 1, key, 2, i);
		if (i > drop_age_s)
			reuse_dropped(r, 1, fresh - 1 - (uint64_t)drop_age_s,
				      i);
	}
	return r;
}

static void what_is_dropped_before_its_time_is_asked_for_again(void **unused)
{
	struct reuse *r = rounds(20);

	(void)unused;
	/* One of two keys is asked for again, all of them later. */
	assert_true(reuse_chance(r, 1) > .4 && reuse_chance(r, 1) < .6);
	assert_true(reuse_chance(r, 0) == 0);
	reuse_destroy(&r);
}

static void what_is_dropped_after_its_time_is_not(void **unused)
{
	struct reuse *r = rounds(400);

	(void)unused;
	assert_true(reuse_chance(r, 1) < .01);
	reuse_destroy(&r);
}

static void drops_of_what_another_uses_tell_nothing(void **unused)
{
	struct reuse *r = reuse_create(2, 1);
	uint64_t key = 9;

	(void)unused;
	reuse_asked(r, 0, &key, 1, 1);
	reuse_asked(r, 0, &key, 1, 100);
	reuse_dropped(r, 1, key, 101);
	assert_true(reuse_chance(r, 1) == 0);
	reuse_destroy(&r);
}

static void unknown_workers_are_passed_over(void **unused)
{
	struct reuse *r = reuse_create(1, 1);
	uint64_t key = 9;

	(void)unused;
	reuse_asked(r, 7, &key, 1, 1);
	reuse_dropped(r, 7, key, 2);
	assert_true(reuse_chance(r, 7) == 0);
	reuse_destroy(&r);
	reuse_destroy(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_dropped_is_nothing_lost),
		cmocka_unit_test(
			what_is_dropped_before_its_time_is_asked_for_again),
		cmocka_unit_test(what_is_dropped_after_its_time_is_not),
		cmocka_unit_test(drops_of_what_another_uses_tell_nothing),
		cmocka_unit_test(unknown_workers_are_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
