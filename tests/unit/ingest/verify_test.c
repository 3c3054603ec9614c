#include "router/ingest/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static enum verify_action add_many(struct verify *v, size_t n,
				   enum ingest_verdict verdict, bool absent)
{
	enum verify_action a = VERIFY_FINE;

	for (size_t i = 0; i < n && a == VERIFY_FINE; i++)
		a = verify_add(v, verdict, absent);
	return a;
}

static void less_than_a_block_apart_is_exact(void **unused)
{
	(void)unused;
	assert_int_equal(verify_judge(0, 0, 16, false), INGEST_EXACT);
	assert_int_equal(verify_judge(64, 64, 16, false), INGEST_EXACT);
	assert_int_equal(verify_judge(64, 79, 16, false), INGEST_EXACT);
	assert_int_equal(verify_judge(64, 49, 16, true), INGEST_EXACT);
}

static void a_block_apart_is_wrong_unless_the_index_changed(void **unused)
{
	(void)unused;
	assert_int_equal(verify_judge(64, 80, 16, false), INGEST_WRONG);
	assert_int_equal(verify_judge(64, 48, 16, false), INGEST_WRONG);
	assert_int_equal(verify_judge(64, 0, 16, true), INGEST_INDEX_CHANGED);
	assert_int_equal(verify_judge(0, UINT32_MAX, 16, false), INGEST_WRONG);
}

static void nothing_is_known_without_a_block_size(void **unused)
{
	(void)unused;
	assert_int_equal(verify_judge(64, 0, 0, false), INGEST_UNKNOWN);
}

static void good_predictions_never_cause_anything(void **unused)
{
	struct verify v;

	(void)unused;
	verify_init(&v);
	assert_int_equal(add_many(&v, 10000, INGEST_EXACT, false), VERIFY_FINE);
	assert_int_equal(add_many(&v, 10000, INGEST_UNKNOWN, true),
			 VERIFY_FINE);
}

static void a_few_wrong_ones_are_forgiven(void **unused)
{
	struct verify v;

	(void)unused;
	verify_init(&v);
	for (size_t i = 0; i < 1000; i++) {
		bool wrong = i % 5 == 4; /* 20 %, not more */

		assert_int_equal(verify_add(&v,
					    wrong ? INGEST_WRONG : INGEST_EXACT,
					    wrong),
				 VERIFY_FINE);
	}
}

static void wrong_ones_are_not_judged_before_there_are_enough(void **unused)
{
	struct verify v;

	(void)unused;
	verify_init(&v);
	assert_int_equal(add_many(&v, 19, INGEST_WRONG, true), VERIFY_FINE);
	assert_int_equal(verify_add(&v, INGEST_WRONG, true), VERIFY_RESYNC);
}

static void a_worker_that_goes_wrong_later_is_caught(void **unused)
{
	struct verify v;
	size_t n = 0;

	(void)unused;
	verify_init(&v);
	(void)add_many(&v, 500, INGEST_EXACT, false);
	while (verify_add(&v, INGEST_WRONG, true) == VERIFY_FINE)
		n++;
	assert_int_equal(n, 10); /* the eleventh is over 20 % of 50 */
}

static void a_lie_under_a_busy_index_is_caught_too(void **unused)
{
	struct verify v;

	(void)unused;
	verify_init(&v);
	assert_int_equal(add_many(&v, 100, INGEST_INDEX_CHANGED, true),
			 VERIFY_RESYNC);
}

static void more_cached_than_predicted_under_a_busy_index_is_no_lie(void **un)
{
	struct verify v;

	(void)un;
	verify_init(&v);
	assert_int_equal(add_many(&v, 1000, INGEST_INDEX_CHANGED, false),
			 VERIFY_FINE);
}

static void resyncs_that_do_not_help_end_in_distrust(void **unused)
{
	struct verify v;

	(void)unused;
	verify_init(&v);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(add_many(&v, 50, INGEST_WRONG, true),
				 VERIFY_RESYNC);
	assert_int_equal(add_many(&v, 50, INGEST_WRONG, true), VERIFY_DISTRUST);
	/* And it begins anew. */
	assert_int_equal(add_many(&v, 50, INGEST_WRONG, true), VERIFY_RESYNC);
}

static void a_good_window_wipes_the_slate(void **unused)
{
	struct verify v;

	(void)unused;
	verify_init(&v);
	for (size_t i = 0; i < 10; i++) {
		assert_int_equal(add_many(&v, 50, INGEST_WRONG, true),
				 VERIFY_RESYNC);
		assert_int_equal(add_many(&v, 80, INGEST_EXACT, false),
				 VERIFY_FINE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(less_than_a_block_apart_is_exact),
		cmocka_unit_test(
			a_block_apart_is_wrong_unless_the_index_changed),
		cmocka_unit_test(nothing_is_known_without_a_block_size),
		cmocka_unit_test(good_predictions_never_cause_anything),
		cmocka_unit_test(a_few_wrong_ones_are_forgiven),
		cmocka_unit_test(
			wrong_ones_are_not_judged_before_there_are_enough),
		cmocka_unit_test(a_worker_that_goes_wrong_later_is_caught),
		cmocka_unit_test(a_lie_under_a_busy_index_is_caught_too),
		cmocka_unit_test(
			more_cached_than_predicted_under_a_busy_index_is_no_lie),
		cmocka_unit_test(resyncs_that_do_not_help_end_in_distrust),
		cmocka_unit_test(a_good_window_wipes_the_slate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
