#include "router/api/token_ids.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct arena arena;
static uint32_t *id;
static size_t n;

static int begin(void **state)
{
	(void)state;
	arena_init(&arena);
	id = NULL;
	n = 99;
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static enum status read(const char *json, size_t max)
{
	return api_token_ids_read(slice_of(json), "tokens", max, &arena, &id,
				  &n);
}

static void ids_are_read_in_order(void **state)
{
	(void)state;
	assert_int_equal(read("{\"count\":3,\"tokens\":[0, 7,4294967295],"
			      "\"max_model_len\":9}",
			      3),
			 OK);
	assert_int_equal(n, 3);
	assert_int_equal(id[1], 7);
	assert_int_equal(id[2], UINT32_MAX);
	assert_int_equal(read("{\"tokens\":[]}", 3), OK);
	assert_int_equal(n, 0);
}

static void what_is_no_list_of_ids_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"{\"tokens\":null}",
		"{\"tokens\":{}}",
		"{\"tokens\":[-1]}",
		"{\"tokens\":[1.5]}",
		"{\"tokens\":[\"1\"]}",
		"{\"tokens\":[4294967296]}",
		"{\"tokens\":[1,]}",
		"{\"tokens\":[1",
		"{\"tokens\":[[1]]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (read(bad[i], 9) != ERR_INVALID)
			fail_msg("accepted: %s", bad[i]);
		assert_null(id);
		assert_int_equal(n, 99);
	}
}

static void more_than_the_most_is_refused(void **state)
{
	(void)state;
	assert_int_equal(read("{\"tokens\":[1,2,3]}", 2), ERR_LIMIT);
	assert_null(id);
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest test[] = {
		T(ids_are_read_in_order),
		T(what_is_no_list_of_ids_is_refused),
		T(more_than_the_most_is_refused),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
