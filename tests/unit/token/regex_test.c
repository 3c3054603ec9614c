#include "tests/unit/token/matches.h"

static void published_patterns_match_as_the_reference_does(void **state)
{
	(void)state;
	expect("(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|"
	       "\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|"
	       "\\s+(?!\\S)|\\s+",
	       "It's  12345 \u00e9!\n\n x",
	       "<It><'s>< >< ><123><45>< \u00e9><!\n\n>< x>");
	expect("\\d{1,3}(?=(?:\\d{3})*\\b)", "1234567 12a",
	       "<1><234><567> 12a");
	expect(" ?[^(\\s|.,!?\u2026\u3002)]+", "a b(c|d).",
	       "<a>< b>(<c>|<d>).");
}

static void an_empty_match_directly_behind_another_does_not_count(void **state)
{
	(void)state;
	expect("x*", "axxb", "<>a<xx>b<>");
	expect("", "\u00e9a", "<>\u00e9<>a<>");
	expect("(?=b)", "ab", "a<>b");
}

static void nothing_is_found_in_nothing(void **state)
{
	(void)state;
	expect("a", "", "");
	expect("a*", "", "<>");
}

static void memory_is_counted(void **state)
{
	struct regex *re = regex_of("\\p{L}+|\\s");

	(void)state;
	assert_true(regex_bytes(re) > 10000);
	regex_destroy(&re);
	assert_null(re);
	regex_destroy(&re);
}

static void a_long_pattern_is_refused(void **state)
{
	static char text[REGEX_MAX_BYTES + 2];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	refuse(text, ERR_LIMIT, "8192 bytes");
}

static void a_pattern_that_is_not_utf8_is_refused(void **state)
{
	(void)state;
	refuse("a\xff", ERR_INVALID, "UTF-8");
}

static void a_program_that_gets_too_long_is_refused(void **state)
{
	(void)state;
	refuse("(?:(?:abc|d){1000}e){1000}", ERR_LIMIT, "too long");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			published_patterns_match_as_the_reference_does),
		cmocka_unit_test(
			an_empty_match_directly_behind_another_does_not_count),
		cmocka_unit_test(nothing_is_found_in_nothing),
		cmocka_unit_test(memory_is_counted),
		cmocka_unit_test(a_long_pattern_is_refused),
		cmocka_unit_test(a_pattern_that_is_not_utf8_is_refused),
		cmocka_unit_test(a_program_that_gets_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
