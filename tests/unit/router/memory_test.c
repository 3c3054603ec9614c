#include "router/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <cmocka.h>

static void assert_group(const char *text, int version, const char *want)
{
	struct slice path = {NULL, 0};

	assert_true(memory_group(slice_of(text), version, &path));
	assert_int_equal(path.n, strlen(want));
	assert_memory_equal(path.p, want, path.n);
}

static void each_version_names_its_group(void **unused)
{
	const char *both = "12:cpu,cpuacct:/c\n4:memory:/a/b\n0::/d/e.slice\n";

	(void)unused;
	assert_group("0::/\n", 2, "/");
	assert_group("0::/kubepods/pod1/x", 2, "/kubepods/pod1/x");
	assert_group(both, 2, "/d/e.slice");
	assert_group(both, 1, "/a/b");
	assert_group("7:hugetlb,memory:/m\n", 1, "/m");
}

static void a_text_without_the_group_has_none(void **unused)
{
	struct slice path;

	(void)unused;
	assert_false(memory_group(SLICE(""), 2, &path));
	assert_false(memory_group(SLICE("4:memory:/a\n"), 2, &path));
	assert_false(memory_group(SLICE("0::/a\n"), 1, &path));
	assert_false(memory_group(SLICE("4:memoryx,x:/a\n"), 1, &path));
	assert_false(memory_group(SLICE("4:memory:\n"), 1, &path));
	assert_false(memory_group(SLICE("0:name=x:/a\n"), 2, &path));
	assert_false(memory_group(SLICE("0::a\n::\n\n"), 2, &path));
}

static void a_bound_is_a_number_of_bytes(void **unused)
{
	(void)unused;
	assert_true(memory_bound(SLICE("268435456\n")) == 268435456);
	assert_true(memory_bound(SLICE("1")) == 1);
}

static void anything_else_is_no_bound(void **unused)
{
	(void)unused;
	assert_true(memory_bound(SLICE("max\n")) == 0);
	assert_true(memory_bound(SLICE("")) == 0);
	assert_true(memory_bound(SLICE("9223372036854771712\n")) == 0);
	assert_true(memory_bound(SLICE("99999999999999999999\n")) == 0);
	assert_true(memory_bound(SLICE("-1\n")) == 0);
}

static void what_is_used_grows_with_what_is_touched(void **unused)
{
	size_t n = (size_t)64 << 20;
	uint64_t before = memory_used();
	char *p = malloc(n);

	(void)unused;
	assert_true(before > 100000);
	/* Told to nobody else it would not have to be written. */
	assert_int_equal(getrandom(memset(p, 1, n), 1, 0), 1);
	assert_true(memory_used() >= before + n / 2);
	free(p);
	/* Whatever this machine says, it can be read. */
	assert_true(memory_limit() != 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_version_names_its_group),
		cmocka_unit_test(a_text_without_the_group_has_none),
		cmocka_unit_test(a_bound_is_a_number_of_bytes),
		cmocka_unit_test(anything_else_is_no_bound),
		cmocka_unit_test(what_is_used_grows_with_what_is_touched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
