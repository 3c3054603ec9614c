#include "router/discover/kinds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void the_key_that_is_written_names_the_kind(void **unused)
{
	const struct conf_discover file = {.file = (char *)"w"};
	const struct conf_discover dns = {.dns = {.name = (char *)"a"}};
	const struct conf_discover pods = {
		.kubernetes = {.selector = (char *)"a=b"}};

	(void)unused;
	assert_string_equal(kinds_of(&file)->name, "file");
	assert_string_equal(kinds_of(&dns)->name, "dns");
	assert_string_equal(kinds_of(&pods)->name, "kubernetes");
}

static void what_people_write_is_taken_whole_or_not_at_all(void **unused)
{
	(void)unused;
	assert_false(kinds_file.lenient);
	assert_true(kinds_dns.lenient);
	assert_true(kinds_kubernetes.lenient);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_key_that_is_written_names_the_kind),
		cmocka_unit_test(
			what_people_write_is_taken_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
