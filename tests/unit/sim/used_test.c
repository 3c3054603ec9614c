#include "tools/sim/used.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void an_id_is_fresh_once(void **unused)
{
	struct used u;

	(void)unused;
	used_init(&u);
	assert_true(used_take(&u, SLICE("a")));
	assert_true(used_take(&u, SLICE("b")));
	assert_false(used_take(&u, SLICE("a")));
	assert_false(used_take(&u, SLICE("a")));
	assert_false(used_take(&u, SLICE("b")));
	used_fini(&u);
}

static void only_so_many_are_remembered(void **unused)
{
	struct used u;
	char id[16];

	(void)unused;
	used_init(&u);
	for (int i = 0; i <= USED_IDS; i++) {
		snprintf(id, sizeof(id), "%d", i);
		assert_true(used_take(&u, slice_of(id)));
	}
	assert_int_equal(u.known.n, USED_IDS);
	assert_false(used_take(&u, SLICE("1")));
	assert_true(used_take(&u, SLICE("0")));
	used_fini(&u);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_id_is_fresh_once),
		cmocka_unit_test(only_so_many_are_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
