#include "router/probe/promtext.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

static struct promtext_sample one(const char *text)
{
	struct promtext p;
	struct promtext_sample s = {.value = -1};

	promtext_init(&p, slice_of(text));
	assert_true(promtext_next(&p, &s));
	assert_int_equal(p.bad, 0);
	return s;
}

static void refused(const char *text)
{
	struct promtext p;
	struct promtext_sample s;

	promtext_init(&p, slice_of(text));
	assert_false(promtext_next(&p, &s));
	assert_int_equal(p.bad, 1);
}

static void a_sample_has_name_labels_and_value(void **unused)
{
	struct promtext_sample s = one("vllm:x_total{a=\"1\",b=\"2\"} 3.5\n");
	struct slice v;

	(void)unused;
	assert_true(slice_equal(s.name, SLICE("vllm:x_total")));
	assert_true(s.value == 3.5);
	assert_true(promtext_label(&s, SLICE("b"), &v));
	assert_true(slice_equal(v, SLICE("2")));
	assert_false(promtext_label(&s, SLICE("c"), &v));
}

static void labels_and_time_stamp_may_be_absent(void **unused)
{
	(void)unused;
	assert_true(one("up 1").value == 1);
	assert_true(one("up{} 1").value == 1);
	assert_true(one("up 1 1395066363000").value == 1);
	assert_true(one("  up\t1\r\n").value == 1);
}

static void special_values_are_numbers(void **unused)
{
	(void)unused;
	assert_true(isnan(one("x NaN").value));
	assert_true(isinf(one("x +Inf").value));
	assert_true(one("x 1.5e-3").value == 0.0015);
	assert_true(one("x -2").value == -2);
}

static void quotes_and_braces_in_values_are_no_ends(void **unused)
{
	struct promtext_sample s = one(
		"x{a=\"q\\\"}, b=\\\\\",engine=\"7\",} 1");
	struct slice v;

	(void)unused;
	assert_true(promtext_label(&s, SLICE("engine"), &v));
	assert_true(slice_equal(v, SLICE("7")));
	assert_false(promtext_label(&s, SLICE("b"), &v));
}

static void comments_and_blanks_are_no_samples(void **unused)
{
	struct promtext p;
	struct promtext_sample s;

	(void)unused;
	promtext_init(&p, SLICE("# HELP x y\n\n  \n#\n"));
	assert_false(promtext_next(&p, &s));
	assert_int_equal(p.bad, 0);
}

static void malformed_lines_are_passed_over(void **unused)
{
	struct promtext p;
	struct promtext_sample s;

	(void)unused;
	refused("x");
	refused("x one");
	refused("x 1e");
	refused("{a=\"b\"} 1");
	refused("x{a=\"b\" 1");
	refused("x{a=b} 1");
	refused("x{=\"b\"} 1");
	refused("x{a=\"b} 1");
	refused("x{a=\"b\\\"} 1");
	promtext_init(&p, SLICE("bad\nx{ 1\ngood 2\n"));
	assert_true(promtext_next(&p, &s));
	assert_true(s.value == 2);
	assert_int_equal(p.bad, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sample_has_name_labels_and_value),
		cmocka_unit_test(labels_and_time_stamp_may_be_absent),
		cmocka_unit_test(special_values_are_numbers),
		cmocka_unit_test(quotes_and_braces_in_values_are_no_ends),
		cmocka_unit_test(comments_and_blanks_are_no_samples),
		cmocka_unit_test(malformed_lines_are_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
