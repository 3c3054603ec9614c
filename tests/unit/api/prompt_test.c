#include "router/api/prompt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct api_limits limits = {
	.max_depth = 8,
	.max_prompts = 100,
	.max_prompt_tokens = 1000,
};

static struct arena arena;
static struct api_request r;
static struct api_error err;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena);
	r = (struct api_request){0};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static enum status read(struct slice raw)
{
	return api_prompt_read(raw, &limits, &arena, &r, &err);
}

/* Past every size at which the lists grow. */
static void long_lists_come_out_whole(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b);
	for (unsigned i = 0; i < 70; i++) {
		buf_puts(&b, i ? ",[" : "[[");
		for (unsigned j = 0; j <= i; j++)
			buf_printf(&b, "%s%u", j ? "," : "", i * 100 + j);
		buf_puts(&b, "]");
	}
	buf_puts(&b, "]");
	assert_int_equal(read(buf_slice(&b)), OK);
	assert_int_equal(r.prompt_kind, API_PROMPT_TOKENS);
	assert_int_equal(r.n_prompts, 70);
	for (unsigned i = 0; i < 70; i++) {
		assert_int_equal(r.tokens[i].n, i + 1);
		for (unsigned j = 0; j <= i; j++)
			assert_int_equal(r.tokens[i].id[j], i * 100 + j);
	}
	buf_fini(&b);
}

static void many_texts_come_out_whole(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b);
	for (unsigned i = 0; i < 100; i++)
		buf_printf(&b, "%s\"%u\"", i ? "," : "[", i);
	buf_puts(&b, "]");
	assert_int_equal(read(buf_slice(&b)), OK);
	assert_int_equal(r.n_prompts, 100);
	for (unsigned i = 0; i < 100; i++) {
		uint64_t n = 0;
		assert_int_equal(slice_to_u64(r.text[i], 100, &n), OK);
		assert_int_equal(n, i);
	}
	buf_fini(&b);
}

static void what_is_no_prompt_is_blamed_on_it(void **state)
{
	(void)state;
	const struct slice no[] = {
		SLICE("7"),           SLICE("{}"),
		SLICE("true"),        SLICE("[]"),
		SLICE("[[]]"),        SLICE("[{}]"),
		SLICE("[1,[2]]"),     SLICE("[[1],2]"),
		SLICE("[\"a\",[1]]"), SLICE("[-1]"),
		SLICE("[0.5]"),       SLICE("[2147483648]"),
		SLICE("[1,]"),        SLICE("[\"a\" \"b\"]"),
		SLICE("[[1]"),
	};
	for (size_t i = 0; i < ARRAY_LEN(no); i++) {
		r = (struct api_request){0};
		assert_int_equal(read(no[i]), ERR_INVALID);
		assert_int_equal(err.status, 400);
		assert_string_equal(err.param, "prompt");
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(long_lists_come_out_whole),
		TEST(many_texts_come_out_whole),
		TEST(what_is_no_prompt_is_blamed_on_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
