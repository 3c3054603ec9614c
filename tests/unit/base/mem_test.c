#include "common/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/abort.h"

static void nothing_is_still_a_pointer(void **unused)
{
	void *a = mem_alloc(0), *z = mem_zalloc(0);

	(void)unused;
	assert_non_null(a);
	assert_non_null(z);
	a = mem_realloc(a, 0);
	assert_non_null(a);
	mem_free(a);
	mem_free(z);
	mem_free(NULL);
}

static void zalloc_is_zero(void **unused)
{
	char *p = mem_zalloc(1000);

	(void)unused;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(p[i], 0);
	mem_free(p);
}

static void realloc_keeps_what_was_there(void **unused)
{
	char *p = mem_strdup("abc");

	(void)unused;
	p = mem_realloc(p, 100000);
	assert_string_equal(p, "abc");
	mem_free(p);
}

static void strndup_copies_nul_bytes_and_terminates(void **unused)
{
	char *p = mem_strndup("a\0bc", 3);

	(void)unused;
	assert_memory_equal(p, "a\0b", 4);
	mem_free(p);
	p = mem_strndup("abc", 0);
	assert_string_equal(p, "");
	mem_free(p);
	p = mem_strndup(NULL, 0);
	assert_string_equal(p, "");
	mem_free(p);
}

static void overflow(void *arg)
{
	(void)arg;
	mem_free(mem_array(SIZE_MAX / 4, 8));
}

static void an_array_that_would_wrap_aborts(void **unused)
{
	void *p = mem_array(100, 8);

	(void)unused;
	memset(p, 1, 800);
	mem_free(p);
	assert_true(aborts(overflow, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_still_a_pointer),
		cmocka_unit_test(zalloc_is_zero),
		cmocka_unit_test(realloc_keeps_what_was_there),
		cmocka_unit_test(strndup_copies_nul_bytes_and_terminates),
		cmocka_unit_test(an_array_that_would_wrap_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
