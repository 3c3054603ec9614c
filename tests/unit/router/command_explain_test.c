#include "router/command_explain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/router/command_run.h"

static void explain(const char *words, int status, const char *says)
{
	run_command(command_explain, words, "{}");
	if (run.status != status ||
	    strstr(status == 0 ? run.output : run.message, says) == NULL)
		fail_msg("%s: status %d: %s%s", words, run.status, run.output,
			 run.message);
}

static void help_is_there(void **unused)
{
	(void)unused;
	explain("explain --help", 0, "usage: warmpath explain");
}

static void wrong_usage_is_refused(void **unused)
{
	(void)unused;
	explain("explain one two", 2, "two: one request at a time");
	explain("explain ''", 2, "no id and no file");
	explain("explain --nothing", 2, "no such option");
	explain("explain --admin", 2, "its value is missing");
	explain("explain --admin nowhere req-1", 2, "nowhere");
}

static void without_a_gateway_there_is_nothing_to_explain(void **unused)
{
	(void)unused;
	explain("explain --admin http://127.0.0.1:1 req-1", 2,
		"no gateway answers at http://127.0.0.1:1");
	explain("explain --admin http://127.0.0.1:1", 2, "no gateway answers");
	explain("explain --admin http://127.0.0.1:1 -", 2,
		"no gateway answers");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(help_is_there),
		cmocka_unit_test(wrong_usage_is_refused),
		cmocka_unit_test(without_a_gateway_there_is_nothing_to_explain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
