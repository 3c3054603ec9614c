#include "tests/unit/token/fixture.h"

#include <stdio.h>

#include "common/token/unicode.h"

static void known_characters_have_their_classes(void **state)
{
	(void)state;
	assert_int_equal(unicode_class('A') & (CLASS_LETTER | CLASS_UPPER |
					       CLASS_LOWER | CLASS_WORD),
			 CLASS_LETTER | CLASS_UPPER | CLASS_WORD);
	assert_true(unicode_class(0x4e00) & CLASS_HAN);
	assert_true(unicode_class(0x301) & CLASS_MARK);
	assert_true(unicode_class(0x2028) & CLASS_SPACE);
	assert_true(unicode_class('_') & CLASS_PUNCTUATION);
	assert_true(unicode_class('+') & CLASS_SYMBOL);
	assert_int_equal(unicode_class(0x10ffff) & (CLASS_LETTER | CLASS_WORD),
			 0);
	assert_int_equal(unicode_category(0x10ffff), CATEGORY_CN);
	assert_int_equal(unicode_category('_'), CATEGORY_PC);
	assert_int_equal(unicode_category('A'), CATEGORY_LU);
	assert_int_equal(unicode_category(0x10fffd), CATEGORY_CO);
}

static void ascii_has_the_same_classes_in_both_tables(void **state)
{
	(void)state;
	for (uint32_t c = 0; c < 128; c++)
		assert_int_equal(unicode_ascii[c], unicode_class(c));
}

static void ideographs_are_all_the_same(void **state)
{
	(void)state;
	for (uint32_t c = 0x4e00; c <= 0x9fff; c++)
		assert_int_equal(unicode_class(c), UNICODE_IDEOGRAPH);
	assert_int_not_equal(unicode_class(0x4dff), UNICODE_IDEOGRAPH);
	assert_int_not_equal(unicode_class(0xa000), UNICODE_IDEOGRAPH);
}

static void there_are_25_white_spaces(void **state)
{
	size_t n = 0;

	(void)state;
	for (uint32_t c = 0; c <= UNICODE_LAST; c++)
		n += (unicode_class(c) & CLASS_SPACE) != 0;
	assert_int_equal(n, 25);
	assert_false(unicode_class(0x180e) & CLASS_SPACE);
	assert_false(unicode_class(0x1c) & CLASS_SPACE);
}

/* Every code point against the facts. */
static void check(const json_t *facts, const char *name, unsigned class)
{
	const json_t *ranges = json_object_get(facts, name);
	uint32_t c = 0;

	assert_true(json_array_size(ranges) > 0);
	for (size_t i = 0; i <= json_array_size(ranges); i++) {
		const json_t *r = json_array_get(ranges, i);
		uint32_t first = r ? (uint32_t)json_integer_value(
					     json_array_get(r, 0))
				   : UNICODE_LAST + 1;

		for (; c < first; c++)
			assert_false(unicode_class(c) & class);
		for (; r && c <= json_integer_value(json_array_get(r, 1)); c++)
			assert_true(unicode_class(c) & class);
	}
}

static void the_tables_hold_the_facts_they_are_made_from(void **state)
{
	const char *env = getenv("WARMPATH_TESTDATA");
	char path[4096];
	json_t *facts;

	(void)state;
	snprintf(path, sizeof(path), "%s/unicode/onig_classes.json",
		 env ? env : "../shared/testdata");
	facts = json_load_file(path, 0, NULL);
	if (!facts) {
		print_message("SKIPPED: no %s; set WARMPATH_TESTDATA\n", path);
		skip();
	}
	check(facts, "L", CLASS_LETTER);
	check(facts, "N", CLASS_NUMBER);
	check(facts, "s", CLASS_SPACE);
	check(facts, "M", CLASS_MARK);
	check(facts, "P", CLASS_PUNCTUATION);
	check(facts, "S", CLASS_SYMBOL);
	check(facts, "Ll", CLASS_LOWER);
	check(facts, "Han", CLASS_HAN);
	check(facts, "digits_pretok_rust_is_numeric", CLASS_DIGITS);
	json_decref(facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_characters_have_their_classes),
		cmocka_unit_test(ascii_has_the_same_classes_in_both_tables),
		cmocka_unit_test(ideographs_are_all_the_same),
		cmocka_unit_test(there_are_25_white_spaces),
		cmocka_unit_test(the_tables_hold_the_facts_they_are_made_from),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
