#include "common/base/quota.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/thread.h"
#include "tests/unit/abort.h"

static void no_more_are_taken_than_there_are(void **unused)
{
	struct quota q;

	(void)unused;
	quota_init(&q, 2);
	assert_true(quota_take(&q, 0));
	assert_true(quota_take(&q, 0));
	assert_false(quota_take(&q, 0));
	assert_false(quota_take(&q, 0));
	quota_give_back(&q);
	assert_true(quota_take(&q, 0));
	assert_false(quota_take(&q, 0));
}

static void those_that_are_spared_are_for_others(void **unused)
{
	struct quota q;

	(void)unused;
	quota_init(&q, 4);
	assert_true(quota_take(&q, 2));
	assert_true(quota_take(&q, 2));
	assert_false(quota_take(&q, 2));
	assert_true(quota_take(&q, 0));
	assert_true(quota_take(&q, 0));
	assert_false(quota_take(&q, 0));
	assert_false(quota_take(&q, SIZE_MAX));
}

static void of_none_none_is_taken(void **unused)
{
	struct quota q;

	(void)unused;
	quota_init(&q, 0);
	assert_false(quota_take(&q, 0));
	assert_false(quota_take(&q, 1));
}

static void without_a_quota_there_is_no_bound(void **unused)
{
	(void)unused;
	assert_true(quota_take(NULL, SIZE_MAX));
	quota_give_back(NULL);
}

static void give_too_many(void *arg)
{
	quota_give_back(arg);
}

static void what_was_not_taken_cannot_be_given_back(void **unused)
{
	struct quota q;

	(void)unused;
	quota_init(&q, 1);
	assert_true(aborts(give_too_many, &q));
}

#define THREADS 4
#define ROUNDS  20000

static void take_and_give(void *arg)
{
	for (int i = 0; i < ROUNDS; i++)
		if (quota_take(arg, 0))
			quota_give_back(arg);
}

static void threads_leave_nothing_taken(void **unused)
{
	struct thread t[THREADS];
	struct quota q;

	(void)unused;
	quota_init(&q, 2);
	for (int i = 0; i < THREADS; i++)
		thread_start(&t[i], "taker", take_and_give, &q);
	for (int i = 0; i < THREADS; i++)
		thread_join(&t[i]);
	assert_true(quota_take(&q, 0));
	assert_true(quota_take(&q, 0));
	assert_false(quota_take(&q, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_more_are_taken_than_there_are),
		cmocka_unit_test(those_that_are_spared_are_for_others),
		cmocka_unit_test(of_none_none_is_taken),
		cmocka_unit_test(without_a_quota_there_is_no_bound),
		cmocka_unit_test(what_was_not_taken_cannot_be_given_back),
		cmocka_unit_test(threads_leave_nothing_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
