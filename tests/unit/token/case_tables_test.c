#include "tests/unit/token/fixture.h"

#include "common/token/case_tables.h"
#include "common/token/unicode.h"

static const uint32_t *row_of(const uint32_t *row, size_t n, size_t width,
			      uint32_t c)
{
	for (size_t i = 0; i < n; i++)
		if (row[i * width] == c)
			return &row[i * width];
	return NULL;
}

static void one_letter_alone_becomes_two(void **state)
{
	(void)state;
	for (size_t i = 0; i < unicode_lower_n; i++)
		assert_int_equal(unicode_lower[i * 3 + 2] != 0,
				 unicode_lower[i * 3] == 0x130);
}

static void every_lowered_character_has_its_class(void **state)
{
	size_t n = 0;

	(void)state;
	for (uint32_t c = 0; c <= UNICODE_LAST; c++)
		n += (unicode_class(c) & CLASS_LOWERED) != 0;
	assert_int_equal(n, unicode_lower_n);
}

static void the_long_s_and_the_kelvin_sign_fold(void **state)
{
	(void)state;
	assert_int_equal(row_of(unicode_fold, unicode_fold_n, 2, 0x17f)[1],
			 'S');
	assert_int_equal(row_of(unicode_fold, unicode_fold_n, 2, 0x212a)[1],
			 'K');
	assert_int_equal(row_of(unicode_fold, unicode_fold_n, 2, 's')[1], 'S');
	assert_null(row_of(unicode_fold, unicode_fold_n, 2, 'S'));
	assert_null(row_of(unicode_fold, unicode_fold_n, 2, '1'));
}

static void the_sharp_s_is_two(void **state)
{
	const uint32_t *row = row_of(unicode_long_fold, unicode_long_fold_n, 4,
				     0xdf);

	(void)state;
	assert_non_null(row);
	assert_int_equal(row[1], 's');
	assert_int_equal(row[2], 's');
	assert_int_equal(row[3], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_letter_alone_becomes_two),
		cmocka_unit_test(every_lowered_character_has_its_class),
		cmocka_unit_test(the_long_s_and_the_kelvin_sign_fold),
		cmocka_unit_test(the_sharp_s_is_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
