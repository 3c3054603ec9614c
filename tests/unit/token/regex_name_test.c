#include "tests/unit/token/fixture.h"

#include "common/token/regex_name.h"
#include "common/token/unicode.h"

typedef bool name_fn(struct slice name, struct regex_set *out);

/* How many code points; SIZE_MAX if the name is not known. */
static size_t count(name_fn *find, const char *name)
{
	struct regex_set s = {0};
	size_t n = 0;

	if (!find(slice_of(name), &s))
		return SIZE_MAX;
	regex_set_sort(&s);
	for (size_t i = 0; i < s.n; i++)
		n += s.range[i].last - s.range[i].first + 1;
	regex_set_fini(&s);
	return n;
}

/* The numbers are the reference's. */
static void categories_have_the_sizes_of_the_reference(void **state)
{
	(void)state;
	assert_int_equal(count(regex_name_property, "N"), 1911);
	assert_int_equal(count(regex_name_property, "Nd"), 760);
	assert_int_equal(count(regex_name_property, "P"), 855);
	assert_int_equal(count(regex_name_property, "Other_Letter"), 136477);
	assert_int_equal(count(regex_name_property, "LC"), 4147);
}

static void tables_have_the_sizes_of_the_reference(void **state)
{
	(void)state;
	assert_int_equal(count(regex_name_property, "Lowercase"), 2569);
	assert_int_equal(count(regex_name_property, "Hiragana"), 381);
	assert_int_equal(count(regex_name_property, "Any"), 0x110000);
}

static void a_name_is_known_however_it_is_written(void **state)
{
	(void)state;
	assert_int_equal(count(regex_name_property, " decimal-number"), 760);
	assert_int_equal(count(regex_name_property, "UPPER case_letter"),
			 count(regex_name_property, "Lu"));
}

static void unknown_names_are_none(void **state)
{
	static char name[200];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	assert_int_equal(count(regex_name_property, "Foo"), SIZE_MAX);
	assert_int_equal(count(regex_name_property, ""), SIZE_MAX);
	assert_int_equal(count(regex_name_property, "--"), SIZE_MAX);
	assert_int_equal(count(regex_name_property, name), SIZE_MAX);
	assert_int_equal(count(regex_name_posix, "letters"), SIZE_MAX);
	assert_int_equal(count(regex_name_posix, ""), SIZE_MAX);
	assert_int_equal(count(regex_name_posix, name), SIZE_MAX);
}

static void posix_names_have_the_sizes_of_the_reference(void **state)
{
	static const struct {
		const char *name;
		size_t n;
	} row[] = {
		{"alnum", 143519}, {"alpha", 142759}, {"blank", 18},
		{"cntrl", 65},     {"digit", 760},    {"graph", 292447},
		{"lower", 2569},   {"print", 292464}, {"punct", 9369},
		{"space", 25},     {"upper", 1978},   {"xdigit", 22},
		{"word", 144665},  {"ascii", 128},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		assert_int_equal(count(regex_name_posix, row[i].name),
				 row[i].n);
}

static size_t letters(char letter, bool in_brackets)
{
	struct regex_set s = {0};
	size_t n = 0;

	if (!regex_name_letter(letter, in_brackets, &s))
		return SIZE_MAX;
	for (uint32_t c = 0; c <= UNICODE_LAST; c++)
		n += regex_set_has(&s, c);
	regex_set_fini(&s);
	return n;
}

static void letters_stand_for_sets(void **state)
{
	(void)state;
	assert_int_equal(letters('d', false), 760);
	assert_int_equal(letters('h', true), 22);
	assert_int_equal(letters('q', false), SIZE_MAX);
	assert_int_equal(letters('\0', false), SIZE_MAX);
}

static void fractions_are_no_words_in_brackets(void **state)
{
	(void)state;
	assert_int_equal(letters('w', false), 144671);
	assert_int_equal(letters('w', true), 144665);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(categories_have_the_sizes_of_the_reference),
		cmocka_unit_test(tables_have_the_sizes_of_the_reference),
		cmocka_unit_test(a_name_is_known_however_it_is_written),
		cmocka_unit_test(unknown_names_are_none),
		cmocka_unit_test(posix_names_have_the_sizes_of_the_reference),
		cmocka_unit_test(letters_stand_for_sets),
		cmocka_unit_test(fractions_are_no_words_in_brackets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
