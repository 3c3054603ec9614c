#include "tests/unit/token/matches.h"

static void a_character_may_be_written_by_its_number(void **state)
{
	(void)state;
	expect("\\x41\\u0042\\x{43}\\x{4f60}", "ABC\u4f60", "<ABC\u4f60>");
	expect("\\x4|\\0", "\x04", "<\x04>");
	expect("\\t\\n\\r\\f\\v\\a\\e", "\t\n\r\f\v\a\x1b",
	       "<\t\n\r\f\v\a\x1b>");
}

static void a_sign_stands_for_itself(void **state)
{
	(void)state;
	expect("\\.\\[\\\\\\-\\_", "a.[\\-_", "a<.[\\-_>");
}

static void names_stand_for_classes(void **state)
{
	(void)state;
	expect("\\p{L}", "a1", "<a>1");
	expect("\\P{L}", "a1", "a<1>");
	expect("\\p{^L}", "a1", "a<1>");
	expect("\\P{^L}", "a1", "<a>1");
	expect("\\p{Greek}\\d\\s\\w\\h", "\u03b11 xf", "<\u03b11 xf>");
	expect("\\D\\S\\W\\H", "a- z", "<a- z>");
}

static void case_does_not_matter_to_a_name_outside_brackets(void **state)
{
	(void)state;
	expect("(?i:\\p{Lu})", "aA", "a<A>");
	expect("(?i:[^\\p{Lu}])", "aA1", "aA<1>");
}

static void broken_numbers_are_refused(void **state)
{
	(void)state;
	refuse("a\\x", ERR_INVALID, "byte 1 of the pattern: \\x wants");
	refuse("\\x{}", ERR_INVALID, "hexadecimal");
	refuse("\\x{41", ERR_INVALID, "hexadecimal");
	refuse("\\x{110000}", ERR_INVALID, "U+110000");
	refuse("\\x{d800}", ERR_INVALID, "U+D800");
	refuse("\\ud800", ERR_INVALID, "U+D800");
	refuse("\\u00", ERR_INVALID, "four");
	refuse("\\xe4\\xbd\\xa0", ERR_UNSUPPORTED, "\\xE4 is part");
}

static void unknown_properties_are_refused_by_name(void **state)
{
	(void)state;
	refuse("\\p{Foo}", ERR_UNSUPPORTED, "the property Foo");
	refuse("\\p{L", ERR_INVALID, "not closed");
	refuse("\\p{}", ERR_UNSUPPORTED, "property");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_character_may_be_written_by_its_number),
		cmocka_unit_test(a_sign_stands_for_itself),
		cmocka_unit_test(names_stand_for_classes),
		cmocka_unit_test(
			case_does_not_matter_to_a_name_outside_brackets),
		cmocka_unit_test(broken_numbers_are_refused),
		cmocka_unit_test(unknown_properties_are_refused_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
