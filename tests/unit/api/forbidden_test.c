#include "router/api/forbidden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/api/request.h"

static struct arena arena;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static void becomes(const char *value, const char *want, size_t n)
{
	struct slice out;
	size_t removed = 0;
	assert_int_equal(api_clean_nested(slice_of(value), 16, 9, &arena, &out,
					  &removed),
			 OK);
	if (!slice_equal(out, slice_of(want)))
		fail_msg("%s became %.*s", value, SLICE_ARG(out));
	assert_int_equal(removed, n);
}

static void what_is_clean_is_not_copied(void **state)
{
	(void)state;
	const char *clean[] = {
		"null",
		"7",
		"\"kv_transfer_params\"",
		"[]",
		"{}",
		"{\"a\":{\"rid\":1}}",
		"[{\"rid\":1}]",
		"{\"extra_args\":{\"a\":1}}",
	};
	for (size_t i = 0; i < ARRAY_LEN(clean); i++) {
		struct slice out, value = slice_of(clean[i]);
		size_t removed = 0;
		assert_int_equal(
			api_clean_nested(value, 16, 9, &arena, &out, &removed),
			OK);
		assert_ptr_equal(out.p, value.p);
		assert_int_equal(removed, 0);
	}
}

static void forbidden_members_go_at_every_level(void **state)
{
	(void)state;
	becomes("{\"rid\":1}", "{}", 1);
	becomes("{\"a\":1,\"cache_s\\u0061lt\":\"x\",\"b\":2,\"rid\":3}",
		"{\"a\":1,\"b\":2}", 2);
	becomes("{\"extra_args\":{\"vllm_xargs\":{\"remote_host\":1}},\"a\":1}",
		"{\"extra_args\":{\"vllm_xargs\":{}},\"a\":1}", 1);
	becomes("{\"extra_args\":{\"rid\":1},\"extra_\\u0061rgs\":{\"rid\":2}}",
		"{\"extra_args\":{},\"extra_\\u0061rgs\":{}}", 2);
}

static void bounds_are_kept(void **state)
{
	(void)state;
	struct slice out = SLICE("untouched");
	size_t n = 0;
	assert_int_equal(api_clean_nested(SLICE("{\"a\":[[[1]]]}"), 3, 9,
					  &arena, &out, &n),
			 ERR_LIMIT);
	assert_int_equal(api_clean_nested(SLICE("{\"a\":1,\"b\":2}"), 3, 1,
					  &arena, &out, &n),
			 ERR_LIMIT);
	assert_int_equal(
		api_clean_nested(SLICE("{\"extra_args\":{\"extra_args\":{"
				       "\"extra_args\":{\"extra_args\":{}}}}}"),
				 16, 9, &arena, &out, &n),
		ERR_LIMIT);
	assert_true(slice_equal(out, SLICE("untouched")));
	assert_int_equal(n, 0);
}

static void names_are_judged_exactly(void **state)
{
	(void)state;
	assert_true(api_member_forbidden(SLICE("kv_transfer_params")));
	assert_true(api_member_forbidden(SLICE("remote_x")));
	assert_true(api_member_forbidden(SLICE("do_remote_decode")));
	assert_false(api_member_forbidden(SLICE("")));
	assert_false(api_member_forbidden(SLICE("remote")));
	assert_false(api_member_forbidden(SLICE("kv_transfer_params\0")));
	assert_false(api_member_forbidden(SLICE("model")));
	assert_true(api_member_nests(SLICE("vllm_xargs")));
	assert_false(api_member_nests(SLICE("metadata")));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_clean_is_not_copied),
		TEST(forbidden_members_go_at_every_level),
		TEST(bounds_are_kept),
		TEST(names_are_judged_exactly),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
