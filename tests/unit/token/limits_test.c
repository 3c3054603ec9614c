#include "tests/unit/token/fixture.h"

#include "common/token/limits.h"

static bool holds(unsigned limits, const char *part, size_t times,
		  const char *end)
{
	struct buf text;
	bool hold;

	buf_init(&text);
	for (size_t i = 0; i < times; i++)
		buf_puts(&text, part);
	buf_puts(&text, end);
	hold = limits_hold(limits, buf_slice(&text));
	buf_fini(&text);
	return hold;
}

static void a_long_run_is_too_long(void **state)
{
	(void)state;
	assert_true(holds(LIMIT_LENGTH, "a", 25000, " b"));
	assert_false(holds(LIMIT_LENGTH, "a", 25000, "b"));
	assert_true(holds(LIMIT_LENGTH, "\u4f60", 25000, ""));
	assert_false(holds(LIMIT_LENGTH, "\u4f60", 25001, ""));
	assert_false(holds(LIMIT_LENGTH, " ", 25000, "\n"));
	assert_true(holds(LIMIT_LENGTH, " ", 25000, "a"));
	assert_false(holds(LIMIT_LENGTH, "\x1c", 25000, " "));
}

static void a_long_text_is_too_long(void **state)
{
	(void)state;
	assert_true(holds(LIMIT_LENGTH, "a ", 200000, ""));
	assert_false(holds(LIMIT_LENGTH, "a ", 200000, "a"));
}

static void marks_of_late_versions_have_no_form(void **state)
{
	(void)state;
	assert_true(holds(LIMIT_FORMS, "e\u0301\u4f60\U0001f600", 3, "."));
	assert_false(holds(LIMIT_FORMS, "a", 3, "\u1acb"));
	assert_false(holds(LIMIT_FORMS, "a", 3, "\u07fd"));
	assert_false(holds(LIMIT_FORMS, "a", 3, "\U0001e5ef"));
	assert_true(holds(LIMIT_FORMS, "a", 3, "\U0001e5f0"));
}

static void each_limit_stands_alone(void **state)
{
	(void)state;
	assert_true(holds(LIMIT_FORMS, "a", 30000, ""));
	assert_true(holds(LIMIT_LENGTH, "\u1acb", 3, ""));
	assert_true(holds(0, "\u1acb", 30000, ""));
	assert_false(holds(LIMIT_FORMS | LIMIT_LENGTH, "a", 30000, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_run_is_too_long),
		cmocka_unit_test(a_long_text_is_too_long),
		cmocka_unit_test(marks_of_late_versions_have_no_form),
		cmocka_unit_test(each_limit_stands_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
