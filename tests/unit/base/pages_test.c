#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/attr.h"
#include "common/base/pages.h"

#define MIB ((size_t)1 << 20)

static const size_t size[] = {
	1,           63,      4096,        4097,           MIB,
	2 * MIB - 1, 2 * MIB, 2 * MIB + 1, 5 * MIB + 4096, 9 * MIB + 17};

static void pages_are_zero_and_can_be_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(size); i++) {
		unsigned char *p = pages_alloc(size[i]);

		for (size_t at = 0; at < size[i]; at++)
			assert_int_equal(p[at], 0);
		memset(p, 0xff, size[i]);
		pages_free(p, size[i]);
	}
}

static void they_start_at_whole_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(size); i++) {
		void *p = pages_alloc(size[i]);

		assert_int_equal((uintptr_t)p % 64, 0);
		pages_free(p, size[i]);
	}
}

/* Or none of their pages could be huge. */
static void large_ones_start_at_huge_pages(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(size); i++) {
		void *p = pages_alloc(size[i]);

		if (size[i] >= 2 * MIB)
			assert_int_equal((uintptr_t)p % (2 * MIB), 0);
		pages_free(p, size[i]);
	}
}

static void several_do_not_overlap(void **state)
{
	unsigned char *p[ARRAY_LEN(size)];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(size); i++) {
		p[i] = pages_alloc(size[i]);
		memset(p[i], (int)i + 1, size[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(size); i++) {
		assert_int_equal(p[i][0], i + 1);
		assert_int_equal(p[i][size[i] - 1], i + 1);
		pages_free(p[i], size[i]);
	}
}

static void nothing_is_freed_as_nothing(void **state)
{
	void *p = pages_alloc(0);

	(void)state;
	assert_non_null(p);
	pages_free(p, 0);
	pages_free(NULL, 0);
	pages_free(NULL, MIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_are_zero_and_can_be_written),
		cmocka_unit_test(they_start_at_whole_lines),
		cmocka_unit_test(large_ones_start_at_huge_pages),
		cmocka_unit_test(several_do_not_overlap),
		cmocka_unit_test(nothing_is_freed_as_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
