#include "common/base/assert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/abort.h"

static void assert_truth(void *arg)
{
	ASSERT(*(bool *)arg);
}

static void only_what_is_false_aborts(void **unused)
{
	bool yes = true, no = false;

	(void)unused;
	assert_false(aborts(assert_truth, &yes));
	assert_true(aborts(assert_truth, &no));
}

static void the_message_names_file_line_and_condition(void **unused)
{
	char text[512] = "";
	int ends[2];
	bool no = false;
	pid_t child;
	ssize_t n;

	(void)unused;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		dup2(ends[1], 2);
		assert_truth(&no);
		_exit(0);
	}
	close(ends[1]);
	assert_int_equal(waitpid(child, NULL, 0), child);
	n = read(ends[0], text, sizeof(text) - 1);
	close(ends[0]);
	assert_true(n > 0);
	assert_non_null(strstr(text, "assert_test.c"));
	assert_non_null(strstr(text, "*(bool *)arg"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_false_aborts),
		cmocka_unit_test(the_message_names_file_line_and_condition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
