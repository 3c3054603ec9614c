#include "tests/unit/token/fixture.h"

#include "common/token/normal_tables.h"
#include "common/token/unicode.h"

static void assert_ascending(const uint32_t *row, size_t n, size_t width)
{
	for (size_t i = 1; i < n; i++)
		assert_true(row[i * width] > row[(i - 1) * width]);
}

static void rows_are_sorted(void **state)
{
	(void)state;
	assert_ascending(unicode_combining, unicode_combining_n, 2);
	assert_ascending(unicode_canonical, unicode_canonical_n, 2);
	assert_ascending(unicode_compatible, unicode_compatible_n, 2);
	for (size_t i = 1; i < unicode_composition_n; i++) {
		const uint32_t *row = &unicode_composition[i * 3];

		assert_true(row[0] > row[-3] ||
			    (row[0] == row[-3] && row[1] > row[-2]));
	}
}

/* Where a class is set the search must find a row. */
static void every_row_has_its_class(void **state)
{
	size_t canonical = 0, compatible = 0;

	(void)state;
	for (uint32_t c = 0; c <= UNICODE_LAST; c++) {
		bool hangul = c >= 0xac00 && c <= 0xd7a3;

		canonical += !hangul && (unicode_class(c) & CLASS_CANONICAL);
		compatible += (unicode_class(c) & CLASS_COMPATIBLE) != 0;
	}
	assert_int_equal(canonical, unicode_canonical_n);
	assert_int_equal(compatible, unicode_compatible_n);
	for (size_t i = 0; i < unicode_compatible_n; i++)
		assert_true(unicode_class(unicode_compatible[i * 2]) &
			    CLASS_COMPATIBLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_sorted),
		cmocka_unit_test(every_row_has_its_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
