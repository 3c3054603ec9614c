#include "router/probe/health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void the_first_answer_decides(void **unused)
{
	struct health a = {0}, b = {0};

	(void)unused;
	assert_true(health_add(&a, true, 3, 2));
	assert_int_equal(a.state, WORKER_UP);
	assert_true(health_add(&b, false, 3, 2));
	assert_int_equal(b.state, WORKER_DOWN);
}

static void it_takes_failures_in_a_row_to_go_down(void **unused)
{
	struct health h = {.state = WORKER_UP};

	(void)unused;
	assert_false(health_add(&h, false, 3, 2));
	assert_false(health_add(&h, false, 3, 2));
	assert_false(health_add(&h, true, 3, 2));
	assert_false(health_add(&h, false, 3, 2));
	assert_false(health_add(&h, false, 3, 2));
	assert_int_equal(h.state, WORKER_UP);
	assert_true(health_add(&h, false, 3, 2));
	assert_int_equal(h.state, WORKER_DOWN);
}

static void it_takes_successes_in_a_row_to_come_back(void **unused)
{
	struct health h = {.state = WORKER_DOWN};

	(void)unused;
	assert_false(health_add(&h, true, 3, 2));
	assert_false(health_add(&h, false, 3, 2));
	assert_false(health_add(&h, true, 3, 2));
	assert_true(health_add(&h, true, 3, 2));
	assert_int_equal(h.state, WORKER_UP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_answer_decides),
		cmocka_unit_test(it_takes_failures_in_a_row_to_go_down),
		cmocka_unit_test(it_takes_successes_in_a_row_to_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
