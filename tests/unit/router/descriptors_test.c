#include "router/descriptors.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

static size_t clients(size_t limit, size_t besides)
{
	size_t shared = descriptors_shared(limit, besides);

	return shared - descriptors_spared(shared);
}

static void a_quarter_is_left_for_workers(void **unused)
{
	(void)unused;
	assert_int_equal(descriptors_shared(1024, 24), 1000);
	assert_int_equal(descriptors_spared(1000), 250);
	assert_int_equal(clients(1024, 24), 750);
	assert_true(clients(SIZE_MAX, 24) > 1000000000);
}

static void the_limit_that_is_wanted_is_enough(void **unused)
{
	(void)unused;
	for (size_t n = 1; n < 3000; n++) {
		assert_true(clients(descriptors_wanted(n, 24), 24) >= n);
		assert_true(descriptors_wanted(n, 24) < 2 * n + 30);
	}
}

static void one_is_always_let_in(void **unused)
{
	(void)unused;
	assert_int_equal(clients(64, 62), 1);
	assert_int_equal(clients(64, 63), 1);
	assert_int_equal(clients(64, 64), 1);
	assert_int_equal(clients(64, 1000), 1);
	assert_int_equal(clients(0, 0), 1);
}

static void the_soft_limit_becomes_the_hard_one(void **unused)
{
	struct rlimit was, low;

	(void)unused;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	low = was;
	low.rlim_cur = 64;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	assert_int_equal(descriptors_raise(), was.rlim_max);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &low), 0);
	assert_int_equal(low.rlim_cur, was.rlim_max);
	assert_int_equal(descriptors_raise(), was.rlim_max);
	setrlimit(RLIMIT_NOFILE, &was);
}

static void those_that_are_open_are_counted(void **unused)
{
	size_t before = descriptors_open();
	int fd = open("/dev/null", O_RDONLY);

	(void)unused;
	assert_true(before >= 3);
	assert_int_equal(descriptors_open(), before + 1);
	close(fd);
	assert_int_equal(descriptors_open(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quarter_is_left_for_workers),
		cmocka_unit_test(the_limit_that_is_wanted_is_enough),
		cmocka_unit_test(one_is_always_let_in),
		cmocka_unit_test(the_soft_limit_becomes_the_hard_one),
		cmocka_unit_test(those_that_are_open_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
