#include "router/fleet/rates.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define PUTS 20000

static void what_was_put_is_got(void **state)
{
	const struct policy_rates in = {.step_ms = 3, .fetch_token_ms = 7};
	struct policy_rates out;
	struct rates r = {0};

	(void)state;
	rates_put(&r, &in);
	assert_true(rates_get(&r, &out));
	assert_memory_equal(&in, &out, sizeof(in));
}

static void before_the_first_put_all_are_zero(void **state)
{
	const struct policy_rates none = {0};
	struct policy_rates out;
	struct rates r = {0};

	(void)state;
	assert_false(rates_get(&r, &out));
	assert_memory_equal(&none, &out, sizeof(none));
}

static void put_many(struct rates *r)
{
	struct policy_rates all;
	double *value = (double *)&all;

	for (int n = 1; n <= PUTS; n++) {
		for (size_t i = 0; i < RATES_N; i++)
			value[i] = n;
		rates_put(r, &all);
	}
}

static void *write_all(void *arg)
{
	put_many(arg);
	return NULL;
}

/* Never some of one and some of another. */
static void a_copy_is_of_one_put(void **state)
{
	struct policy_rates out;
	const double *value = (const double *)&out;
	struct rates r = {0};
	pthread_t writer;

	(void)state;
	assert_int_equal(pthread_create(&writer, NULL, write_all, &r), 0);
	do {
		rates_get(&r, &out);
		for (size_t i = 1; i < RATES_N; i++)
			assert_true(value[i] == value[0]);
	} while (value[0] < PUTS);
	pthread_join(writer, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_put_is_got),
		cmocka_unit_test(before_the_first_put_all_are_zero),
		cmocka_unit_test(a_copy_is_of_one_put),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
