#include "router/conf/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *const known[] = {"max_body", "max_head", "queue", "url",
				    "max_headers"};

static const char *near(const char *word)
{
	return fault_nearest(slice_of(word), known, ARRAY_LEN(known));
}

static void a_slip_is_understood(void **unused)
{
	(void)unused;
	assert_string_equal(near("max_bodi"), "max_body");
	assert_string_equal(near("maxbody"), "max_body");
	assert_string_equal(near("max-header"), "max_headers");
	assert_string_equal(near("quue"), "queue");
	assert_string_equal(near("uri"), "url");
}

static void what_is_far_from_all_is_near_to_none(void **unused)
{
	(void)unused;
	assert_null(near("temperature"));
	assert_null(near("x"));
	assert_null(near(""));
	assert_null(near("max_body_max_body_max_body_max_body_max_body_max_"
			 "body_max_body_max_body"));
}

static void each_fault_is_a_line(void **unused)
{
	struct conf_faults f = {0};

	(void)unused;
	fault_add(&f, "a.yaml", 3, "x.y", "%d is wrong", 5);
	fault_add(&f, "a.yaml", 0, "", "all is wrong");
	buf_putc(&f.text, '\0');
	assert_int_equal(f.n, 2);
	assert_string_equal(buf_slice(&f.text).p, "a.yaml:3: x.y: 5 is wrong\n"
						  "a.yaml: all is wrong\n");
	buf_fini(&f.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slip_is_understood),
		cmocka_unit_test(what_is_far_from_all_is_near_to_none),
		cmocka_unit_test(each_fault_is_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
