#include "router/conf/stamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void another_file_of_the_same_name_has_another_stamp(void **unused)
{
	char dir[] = "/tmp/warmpath-stamp-XXXXXX", path[64], fresh[64];
	struct conf_stamp before, now;

	(void)unused;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a", dir);
	snprintf(fresh, sizeof(fresh), "%s/b", dir);
	put(path, "text");
	before = conf_stamp_of(path);
	now = conf_stamp_of(path);
	assert_true(conf_stamp_equal(&before, &now));
	put(fresh, "text");
	assert_int_equal(rename(fresh, path), 0);
	now = conf_stamp_of(path);
	assert_false(conf_stamp_equal(&before, &now));
	unlink(path);
	rmdir(dir);
}

static void a_link_has_the_stamp_of_what_it_leads_to(void **unused)
{
	char dir[] = "/tmp/warmpath-stamp-XXXXXX", one[64], two[64], link[64];
	struct conf_stamp before, now;

	(void)unused;
	assert_non_null(mkdtemp(dir));
	snprintf(one, sizeof(one), "%s/1", dir);
	snprintf(two, sizeof(two), "%s/2", dir);
	snprintf(link, sizeof(link), "%s/link", dir);
	put(one, "text");
	put(two, "text");
	assert_int_equal(symlink("1", link), 0);
	before = conf_stamp_of(link);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink("2", link), 0);
	now = conf_stamp_of(link);
	assert_false(conf_stamp_equal(&before, &now));
	unlink(one);
	unlink(two);
	unlink(link);
	rmdir(dir);
}

static void no_file_has_a_stamp_of_zeros(void **unused)
{
	struct conf_stamp now = conf_stamp_of("/no/such/file");
	struct conf_stamp zero = {0};

	(void)unused;
	assert_true(conf_stamp_equal(&now, &zero));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			another_file_of_the_same_name_has_another_stamp),
		cmocka_unit_test(a_link_has_the_stamp_of_what_it_leads_to),
		cmocka_unit_test(no_file_has_a_stamp_of_zeros),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
