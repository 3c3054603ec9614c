#include "router/command_top.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/router/command_run.h"

static void top(const char *words, int status, const char *says)
{
	run_command(command_top, words, "");
	if (run.status != status ||
	    strstr(status == 0 ? run.output : run.message, says) == NULL)
		fail_msg("%s: status %d: %s%s", words, run.status, run.output,
			 run.message);
}

static void help_is_there(void **unused)
{
	(void)unused;
	top("top --help", 0, "usage: warmpath top");
}

static void wrong_usage_is_refused(void **unused)
{
	(void)unused;
	top("top --interval 0", 2, "--interval 0: not a number");
	top("top --interval x", 2, "not a number from 1 to 3600");
	top("top --interval 3601", 2, "not a number");
	top("top more", 2, "more: takes no arguments");
	top("top --admin nowhere", 2, "nowhere");
}

static void without_a_gateway_there_is_nothing_to_see(void **unused)
{
	(void)unused;
	top("top --admin http://127.0.0.1:1", 2, "no gateway answers");
	assert_string_equal(run.output, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(help_is_there),
		cmocka_unit_test(wrong_usage_is_refused),
		cmocka_unit_test(without_a_gateway_there_is_nothing_to_see),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
