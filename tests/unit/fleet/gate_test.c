#include "router/fleet/gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_worker_of_which_nothing_is_said_admits(void **unused)
{
	const struct gate_facts unknown = {0}, up = {.health = WORKER_UP};

	(void)unused;
	assert_int_equal(gate_of(&unknown), GATE_ADMITS);
	assert_int_equal(gate_of(&up), GATE_ADMITS);
}

/* Each fact is taken away in its turn, and the next one speaks. */
static void the_weightiest_fact_speaks(void **unused)
{
	struct gate_facts f = {
		.draining = true,
		.health = WORKER_DOWN,
		.breaker = BREAKER_OPEN,
		.paused = true,
		.ramping = true,
	};

	(void)unused;
	assert_int_equal(gate_of(&f), GATE_DRAINING);
	f.draining = false;
	assert_int_equal(gate_of(&f), GATE_DOWN);
	f.health = WORKER_UP;
	assert_int_equal(gate_of(&f), GATE_BROKEN);
	f.breaker = BREAKER_HALF_OPEN;
	assert_int_equal(gate_of(&f), GATE_PAUSED);
	f.paused = false;
	assert_int_equal(gate_of(&f), GATE_TRIES);
	f.breaker = BREAKER_CLOSED;
	assert_int_equal(gate_of(&f), GATE_RAMPS);
	f.ramping = false;
	assert_int_equal(gate_of(&f), GATE_ADMITS);
}

static void a_breaker_that_is_not_heeded_keeps_nobody_out(void **unused)
{
	struct gate_facts f = {.lifted = true, .breaker = BREAKER_OPEN};

	(void)unused;
	assert_int_equal(gate_of(&f), GATE_LIFTED);
	f.breaker = BREAKER_HALF_OPEN;
	assert_int_equal(gate_of(&f), GATE_LIFTED);
	f.breaker = BREAKER_CLOSED;
	assert_int_equal(gate_of(&f), GATE_ADMITS);
}

static void what_others_say_is_heeded_all_the_same(void **unused)
{
	struct gate_facts f = {.lifted = true, .breaker = BREAKER_OPEN};

	(void)unused;
	f.paused = true;
	assert_int_equal(gate_of(&f), GATE_PAUSED);
	f.health = WORKER_DOWN;
	assert_int_equal(gate_of(&f), GATE_DOWN);
	f.draining = true;
	assert_int_equal(gate_of(&f), GATE_DRAINING);
}

static void half_of_the_workers_may_be_out(void **unused)
{
	(void)unused;
	assert_true(gate_heeds(4, 2, 0, 0.5));
	assert_true(gate_heeds(4, 1, 1, 0.5));
	assert_true(gate_heeds(2, 1, 0, 0.5));
}

static void no_more_than_that_may(void **unused)
{
	(void)unused;
	assert_false(gate_heeds(4, 3, 0, 0.5));
	assert_false(gate_heeds(4, 1, 2, 0.5));
	assert_false(gate_heeds(3, 2, 0, 0.5));
}

static void the_only_worker_is_never_kept_out(void **unused)
{
	(void)unused;
	assert_false(gate_heeds(1, 1, 0, 0.5));
	assert_true(gate_heeds(1, 1, 0, 1));
}

static void nothing_is_lifted_where_no_breaker_is_open(void **unused)
{
	(void)unused;
	assert_true(gate_heeds(4, 0, 4, 0.5));
	assert_true(gate_heeds(0, 0, 0, 0.5));
}

static void those_that_admit_come_first(void **unused)
{
	(void)unused;
	assert_true(gate_admits(GATE_ADMITS) && gate_admits(GATE_RAMPS) &&
		    gate_admits(GATE_LIFTED) && gate_admits(GATE_TRIES));
	assert_false(gate_admits(GATE_PAUSED) || gate_admits(GATE_BROKEN) ||
		     gate_admits(GATE_DOWN) || gate_admits(GATE_DRAINING));
	assert_string_equal(gate_name(GATE_BROKEN), "broken");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_worker_of_which_nothing_is_said_admits),
		cmocka_unit_test(the_weightiest_fact_speaks),
		cmocka_unit_test(a_breaker_that_is_not_heeded_keeps_nobody_out),
		cmocka_unit_test(what_others_say_is_heeded_all_the_same),
		cmocka_unit_test(half_of_the_workers_may_be_out),
		cmocka_unit_test(no_more_than_that_may),
		cmocka_unit_test(the_only_worker_is_never_kept_out),
		cmocka_unit_test(nothing_is_lifted_where_no_breaker_is_open),
		cmocka_unit_test(those_that_admit_come_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
