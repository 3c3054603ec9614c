#include "router/doctor_fleet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/discover/finding.h"

static struct fleet *make(struct conf *c, struct error *err)
{
	struct fleet *f = doctor_fleet_create(c, err);

	conf_unref(&c);
	return f;
}

static void who_is_found_is_in_it(void **unused)
{
	struct place place;
	struct error err = {0};
	struct fleet *f;

	(void)unused;
	place_init(&place);
	place_put(&place, "[http://127.0.0.1:1, http://127.0.0.1:2]");
	f = make(place_conf(&place, ""), &err);
	assert_non_null(f);
	assert_int_equal(f->n_workers, 2);
	fleet_unref(&f);
	place_fini(&place);
}

static void a_model_without_anybody_is_a_failure(void **unused)
{
	struct place place;
	struct error err = {0};

	(void)unused;
	place_init(&place);
	assert_null(make(place_conf(&place, ""), &err));
	assert_string_equal(err.text,
			    "models: m: discover has found no worker");
	place_put(&place, "[{nmae: a}]");
	assert_null(make(place_conf(&place, ""), &err));
	place_fini(&place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_found_is_in_it),
		cmocka_unit_test(a_model_without_anybody_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
