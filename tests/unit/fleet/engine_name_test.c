#include "router/fleet/engine_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_name_is_read_as_it_was_set(void **unused)
{
	struct engine_name e;
	char text[ENGINE_NAME_BYTES];

	(void)unused;
	engine_name_init(&e);
	assert_false(engine_name_is_known(&e));
	assert_int_equal(engine_name_get(&e, text).n, 0);
	assert_int_equal(engine_name_set(&e, SLICE("p0_dp1")), OK);
	assert_true(engine_name_is_known(&e));
	assert_true(slice_equal(engine_name_get(&e, text), SLICE("p0_dp1")));
	assert_int_equal(engine_name_set(&e, SLICE("q")), OK);
	assert_true(slice_equal(engine_name_get(&e, text), SLICE("q")));
	engine_name_fini(&e);
}

static void what_is_no_name_leaves_the_last_one(void **unused)
{
	struct engine_name e;
	char text[ENGINE_NAME_BYTES], long_name[ENGINE_NAME_BYTES];

	(void)unused;
	memset(long_name, 'a', sizeof(long_name));
	engine_name_init(&e);
	assert_int_equal(engine_name_set(&e, SLICE("")), ERR_INVALID);
	assert_false(engine_name_is_known(&e));
	assert_int_equal(engine_name_set(&e, SLICE("p")), OK);
	assert_int_equal(engine_name_set(&e, (struct slice){long_name,
							    sizeof(long_name)}),
			 ERR_LIMIT);
	assert_true(slice_equal(engine_name_get(&e, text), SLICE("p")));
	assert_int_equal(
		engine_name_set(
			&e, (struct slice){long_name, sizeof(long_name) - 1}),
		OK);
	assert_int_equal(engine_name_get(&e, text).n, sizeof(long_name) - 1);
	engine_name_fini(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_read_as_it_was_set),
		cmocka_unit_test(what_is_no_name_leaves_the_last_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
