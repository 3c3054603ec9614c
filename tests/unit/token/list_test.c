#include "tests/unit/token/fixture.h"

static void pushed_ids_come_back_in_order(void **state)
{
	struct token_list l;

	(void)state;
	token_list_init(&l);
	for (uint32_t i = 0; i < 1000; i++)
		token_list_push(&l, i * 3);
	assert_int_equal(l.n, 1000);
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(l.id[i], i * 3);
	token_list_fini(&l);
	assert_int_equal(l.n, 0);
	assert_null(l.id);
}

static void a_list_may_be_ended_twice(void **state)
{
	struct token_list l;

	(void)state;
	token_list_init(&l);
	token_list_fini(&l);
	token_list_fini(&l);
	assert_int_equal(l.size, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pushed_ids_come_back_in_order),
		cmocka_unit_test(a_list_may_be_ended_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
