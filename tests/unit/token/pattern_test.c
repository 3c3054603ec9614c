#include "tests/unit/token/fixture.h"

#include "common/token/pattern.h"

static scan_fn *scanner(const char *pattern)
{
	return pattern_scanner(slice_of(pattern));
}

static void published_patterns_have_their_scanners(void **state)
{
	(void)state;
	assert_ptr_equal(scanner("\\p{N}{1,3}"), scan_numbers3);
	assert_ptr_equal(
		scanner("(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?"
			"\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|"
			"\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),
		scan_llama3);
	assert_ptr_equal(
		scanner("[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}"
			"\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|[^\\r\\n\\p{L}"
			"\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}"
			"\\p{Lm}\\p{Lo}\\p{M}]*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+"
			"[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),
		scan_tekken);
}

static void line_ends_count_escaped_or_not(void **state)
{
	(void)state;
	assert_ptr_equal(scanner("[\\r\\n]"), scan_coder_lines);
	assert_ptr_equal(scanner("[\r\n]"), scan_coder_lines);
	assert_null(scanner("[\\r\\n"));
}

static void other_patterns_have_none(void **state)
{
	static char text[5000];

	(void)state;
	memset(text, '\n', sizeof(text));
	assert_null(scanner(""));
	assert_null(scanner("\\p{N}{1,4}"));
	assert_null(scanner(" \\p{N}{1,3}"));
	assert_null(pattern_scanner(SLICE("\\p{N}{1,3}\0")));
	assert_null(pattern_scanner((struct slice){text, sizeof(text)}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_patterns_have_their_scanners),
		cmocka_unit_test(line_ends_count_escaped_or_not),
		cmocka_unit_test(other_patterns_have_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
