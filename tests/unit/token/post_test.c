#include "tests/unit/token/fixture.h"

#include "common/token/post.h"

static void an_outer_processor_stands_outside(void **state)
{
	struct post inner, outer;

	(void)state;
	post_init(&inner);
	post_init(&outer);
	token_list_push(&inner.before, 2);
	token_list_push(&inner.behind, 3);
	token_list_push(&outer.before, 1);
	token_list_push(&outer.behind, 4);
	post_wrap(&inner, &outer);
	assert_int_equal(inner.before.n, 2);
	assert_memory_equal(inner.before.id, ((uint32_t[]){1, 2}), 8);
	assert_int_equal(inner.behind.n, 2);
	assert_memory_equal(inner.behind.id, ((uint32_t[]){3, 4}), 8);
	post_fini(&inner);
	post_fini(&outer);
}

static void an_empty_processor_changes_nothing(void **state)
{
	struct post inner, outer;

	(void)state;
	post_init(&inner);
	post_init(&outer);
	token_list_push(&inner.before, 2);
	post_wrap(&inner, &outer);
	assert_int_equal(inner.before.n, 1);
	assert_int_equal(inner.behind.n, 0);
	post_fini(&inner);
	post_fini(&outer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_outer_processor_stands_outside),
		cmocka_unit_test(an_empty_processor_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
