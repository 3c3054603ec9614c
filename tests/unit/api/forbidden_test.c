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

static const struct api_limits wide = {
	.max_depth = 16,
	.max_members = 9,
	.max_n = 4,
	.max_tokens = 100,
};
static const struct api_limits narrow = {.max_depth = 3, .max_members = 1};

static void becomes(const char *value, const char *want, size_t n)
{
	struct slice out;
	size_t removed = 0;
	assert_int_equal(api_clean_nested(slice_of(value), &wide, &arena, &out,
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
		"[{\"a\":1},[],2]",
		"{\"a\":[{\"rid\":1}]}",
		"{\"extra_args\":{\"a\":1}}",
	};
	for (size_t i = 0; i < ARRAY_LEN(clean); i++) {
		struct slice out, value = slice_of(clean[i]);
		size_t removed = 0;
		assert_int_equal(
			api_clean_nested(value, &wide, &arena, &out, &removed),
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
	becomes("{\"backend_instance_id\":1,\"decode_worker_id\":2,"
		"\"prefill_worker_id\":3,\"dp_rank\":4,\"prefill_dp_rank\":5}",
		"{}", 5);
	becomes("{\"extra_args\":{\"vllm_xargs\":{\"remote_host\":1}},\"a\":1}",
		"{\"extra_args\":{\"vllm_xargs\":{}},\"a\":1}", 1);
	becomes("{\"extra_args\":{\"rid\":1},\"extra_\\u0061rgs\":{\"rid\":2}}",
		"{\"extra_args\":{},\"extra_\\u0061rgs\":{}}", 2);
	becomes("[{\"rid\":1}, 7 ,[ {\"cache_salt\":2,\"a\":3}]]",
		"[{},7,[{\"a\":3}]]", 2);
	becomes("{\"sampling_params\":[{\"rid\":1},{\"a\":2}]}",
		"{\"sampling_params\":[{},{\"a\":2}]}", 1);
}

static void bounds_are_kept(void **state)
{
	(void)state;
	struct slice out = SLICE("untouched");
	size_t n = 0;
	assert_int_equal(api_clean_nested(SLICE("{\"a\":[[[1]]]}"), &narrow,
					  &arena, &out, &n),
			 ERR_LIMIT);
	assert_int_equal(api_clean_nested(SLICE("{\"a\":1,\"b\":2}"), &narrow,
					  &arena, &out, &n),
			 ERR_LIMIT);
	assert_int_equal(
		api_clean_nested(SLICE("{\"extra_args\":{\"extra_args\":{"
				       "\"extra_args\":{\"extra_args\":{}}}}}"),
				 &wide, &arena, &out, &n),
		ERR_LIMIT);
	assert_int_equal(
		api_clean_nested(SLICE("[[[[[]]]]]"), &wide, &arena, &out, &n),
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

static void what_asks_for_too_much_is_refused(void **state)
{
	(void)state;
	const char *no[] = {
		"{\"n\":5}",
		"{\"best_of\":5}",
		"{\"max_tokens\":101}",
		"{\"\\u006e\":5}",
		"{\"n\":1,\"n\":5}",
		"{\"n\":5,\"n\":1}",
		"{\"n\":1e9}",
		"{\"n\":\"5\"}",
		"{\"n\":[5]}",
		"{\"n\":18446744073709551617}",
		"{\"extra_args\":{\"n\":5}}",
		"[{\"n\":1},{\"n\":5}]",
	};
	for (size_t i = 0; i < ARRAY_LEN(no); i++) {
		struct slice out;
		size_t n = 0;
		if (api_clean_nested(slice_of(no[i]), &wide, &arena, &out,
				     &n) != ERR_LIMIT)
			fail_msg("taken: %s", no[i]);
	}
	becomes("{\"n\":4,\"best_of\":null,\"max_tokens\":100}",
		"{\"n\":4,\"best_of\":null,\"max_tokens\":100}", 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_clean_is_not_copied),
		TEST(forbidden_members_go_at_every_level),
		TEST(bounds_are_kept),
		TEST(what_asks_for_too_much_is_refused),
		TEST(names_are_judged_exactly),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
