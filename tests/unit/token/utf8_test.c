#include "tests/unit/token/fixture.h"

#include "common/token/utf8.h"

static bool valid(const char *text)
{
	return utf8_valid(slice_of(text));
}

static void every_scalar_value_is_valid_and_read_back(void **state)
{
	(void)state;
	for (uint32_t c = 1; c <= 0x10ffff; c++) {
		char text[5] = {0};
		size_t n = utf8_put(text, c), len;
		bool surrogate = c >= 0xd800 && c <= 0xdfff;

		assert_int_equal(utf8_valid((struct slice){text, n}),
				 !surrogate);
		assert_int_equal(utf8_get(text, &len), c);
		assert_int_equal(len, n);
		assert_int_equal(utf8_last(text, n), 0);
	}
}

static void overlong_forms_are_refused(void **state)
{
	(void)state;
	assert_false(valid("\xc0\xaf"));
	assert_false(valid("\xc1\xbf"));
	assert_false(valid("\xe0\x80\xaf"));
	assert_false(valid("\xe0\x9f\xbf"));
	assert_false(valid("\xf0\x80\x80\xaf"));
	assert_false(valid("\xf0\x8f\xbf\xbf"));
}

static void surrogates_and_what_is_past_the_end_are_refused(void **state)
{
	(void)state;
	assert_false(valid("\xed\xa0\x80"));
	assert_false(valid("\xed\xbf\xbf"));
	assert_false(valid("\xf4\x90\x80\x80"));
	assert_false(valid("\xf5\x80\x80\x80"));
	assert_false(valid("\xff"));
}

static void a_sequence_that_stops_early_is_refused(void **state)
{
	(void)state;
	assert_false(valid("\xc3"));
	assert_false(valid("\xe4\xbd"));
	assert_false(valid("\xf0\x9f\x98"));
	assert_false(valid("\xe4\xbd"
			   "a"));
	assert_false(valid("\x80"));
}

/* Each character of three bytes behind others of three bytes, as in East
 * Asian text, and with each of its bytes spoiled. */
static void characters_of_three_bytes_are_looked_at_one_by_one(void **state)
{
	(void)state;
	for (uint32_t c = 0x800; c <= 0xffff; c += 13) {
		char text[16] = "\u4e2d\u6587";
		bool surrogate = c >= 0xd800 && c <= 0xdfff;

		utf8_put(text + 6, c);
		strcpy(text + 9, "\u4e2d");
		assert_int_equal(valid(text), !surrogate);
		text[7] = (char)(text[7] & 0x7f);
		assert_false(valid(text));
		text[7] = (char)(text[7] | 0x80);
		text[8] = (char)(text[8] | 0x40);
		assert_false(valid(text));
	}
	assert_false(valid("\u4e2d\u6587\xe0\x9f\xbf\u4e2d"));
	assert_false(valid("\u4e2d\u6587\xe4\xb8"));
}

static void the_place_of_a_fault_does_not_matter(void **state)
{
	char text[64];

	(void)state;
	for (size_t at = 0; at < sizeof(text); at++) {
		memset(text, 'a', sizeof(text));
		text[at] = '\x80';
		assert_false(utf8_valid((struct slice){text, sizeof(text)}));
		text[at] = 'a';
		assert_true(utf8_valid((struct slice){text, sizeof(text)}));
	}
	assert_true(utf8_valid((struct slice){NULL, 0}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_scalar_value_is_valid_and_read_back),
		cmocka_unit_test(overlong_forms_are_refused),
		cmocka_unit_test(
			surrogates_and_what_is_past_the_end_are_refused),
		cmocka_unit_test(a_sequence_that_stops_early_is_refused),
		cmocka_unit_test(
			characters_of_three_bytes_are_looked_at_one_by_one),
		cmocka_unit_test(the_place_of_a_fault_does_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
