#include "tests/unit/token/matches.h"

#include "common/token/regex_program.h"

static size_t count(const char *pattern, enum regex_code code)
{
	struct regex *re = regex_of(pattern);
	size_t n = 0;

	for (size_t i = 0; i < re->n_op; i++)
		n += re->op[i].code == code;
	regex_destroy(&re);
	return n;
}

static void a_text_is_one_operation_where_it_fits(void **state)
{
	struct regex *re = regex_of("abcdefgh");

	(void)state;
	assert_int_equal(re->op[re->start].code, REGEX_OP_TEXT);
	assert_int_equal(re->op[re->start].n, 8);
	regex_destroy(&re);
}

static void one_class_over_and_over_is_one_operation(void **state)
{
	(void)state;
	assert_int_equal(count("\\s{512}", REGEX_OP_RUN), 1);
	assert_int_equal(count("a*", REGEX_OP_RUN), 1);
	assert_int_equal(count("a*+b", REGEX_OP_ATOMIC), 0);
}

static void only_loops_over_what_may_be_nothing_are_marked(void **state)
{
	(void)state;
	assert_int_equal(count("(?:ab)*", REGEX_OP_MARK), 0);
	assert_int_equal(count("(?:a?b?)*", REGEX_OP_MARK), 1);
	expect("(?:a?b?"
	       "?)*",
	       "abab", "<a>b<a>b<>");
	expect("(?:|a)+", "aa", "<>a<>a<>");
}

static void counting_what_is_nothing_makes_nothing(void **state)
{
	(void)state;
	refuse("(?:){100000}", ERR_UNSUPPORTED, "may be nothing");
	assert_int_equal(count("(?:(?:)|a){1}", REGEX_OP_SPLIT), 1);
}

static void a_long_choice_is_compiled(void **state)
{
	char text[8001] = "";

	(void)state;
	for (int i = 0; i < 8000; i++)
		text[i] = i % 3 == 2 ? '|' : 'b';
	refuse(text, ERR_LIMIT, "too long");
	text[3000] = '\0';
	expect(text, "bb", "<bb>");
}

static void too_many_marks_are_refused(void **state)
{
	(void)state;
	refuse("(?:(?:a?b?)*c){40}", ERR_LIMIT, "too long");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_is_one_operation_where_it_fits),
		cmocka_unit_test(one_class_over_and_over_is_one_operation),
		cmocka_unit_test(
			only_loops_over_what_may_be_nothing_are_marked),
		cmocka_unit_test(counting_what_is_nothing_makes_nothing),
		cmocka_unit_test(a_long_choice_is_compiled),
		cmocka_unit_test(too_many_marks_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
