#include "router/descriptors.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

static void a_client_takes_two(void **unused)
{
	(void)unused;
	assert_int_equal(descriptors_room(1024, 24), 500);
	assert_int_equal(descriptors_room(1025, 24), 500);
	assert_int_equal(descriptors_wanted(500, 24), 1024);
	assert_true(descriptors_room(SIZE_MAX, 24) > 1000000000);
}

static void one_is_always_let_in(void **unused)
{
	(void)unused;
	assert_int_equal(descriptors_room(64, 62), 1);
	assert_int_equal(descriptors_room(64, 63), 1);
	assert_int_equal(descriptors_room(64, 64), 1);
	assert_int_equal(descriptors_room(64, 1000), 1);
	assert_int_equal(descriptors_room(0, 0), 1);
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
		cmocka_unit_test(a_client_takes_two),
		cmocka_unit_test(one_is_always_let_in),
		cmocka_unit_test(the_soft_limit_becomes_the_hard_one),
		cmocka_unit_test(those_that_are_open_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
