#include "router/decision/roster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void names_outlive_whoever_gave_them(void **unused)
{
	char model[] = "m", one[] = "one", two[] = "";
	const char *name[] = {one, two};
	struct decision_roster *r = decision_roster_of(model, "nfs", name, 2);

	(void)unused;
	model[0] = one[0] = 'x';
	assert_string_equal(r->model, "m");
	assert_string_equal(r->store, "nfs");
	assert_int_equal(r->n, 2);
	assert_string_equal(r->worker[0], "one");
	assert_string_equal(r->worker[1], "");
	decision_roster_unref(&r);
	assert_null(r);
}

static void the_last_holder_frees_it(void **unused)
{
	struct decision_roster *r = decision_roster_of("m", "", NULL, 0);
	struct decision_roster *second = decision_roster_ref(r);

	(void)unused;
	assert_ptr_equal(second, r);
	decision_roster_unref(&r);
	assert_string_equal(second->model, "m");
	decision_roster_unref(&second);
}

static void nothing_is_nothing_to_give_back(void **unused)
{
	struct decision_roster *r = NULL;

	(void)unused;
	decision_roster_unref(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_outlive_whoever_gave_them),
		cmocka_unit_test(the_last_holder_frees_it),
		cmocka_unit_test(nothing_is_nothing_to_give_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
