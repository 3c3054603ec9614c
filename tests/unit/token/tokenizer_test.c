#include "tests/unit/token/directory.h"

static struct error err;

static void refuse(const char *text, const char *part)
{
	assert_refused(tokenizer_parse(slice_of(text), &err), &err, ERR_INVALID,
		       part);
}

static void the_demo_model_is_loaded(void **state)
{
	struct tokenizer *t = tokenizer_load(DEMO, &err);
	uint32_t id = 0;

	(void)state;
	if (!t)
		fail_msg("%s", err.text);
	assert_true(tokenizer_vocab_size(t) > 2000);
	assert_true(tokenizer_bytes(t) > 50000);
	assert_true(tokenizer_find(t, SLICE("<|im_end|>"), &id));
	assert_int_equal(id, tokenizer_vocab_size(t) - 3);
	assert_false(tokenizer_find(t, SLICE("<|none|>"), &id));
	assert_false(tokenizer_find(t, (struct slice){NULL, 0}, &id));
	tokenizer_unref(&t);
	assert_null(t);
}

static void what_is_not_an_object_is_refused(void **state)
{
	(void)state;
	refuse("", "tokenizer.json:");
	refuse("[1]", "object");
	refuse("{\"model\": {\"vocab\": {}", "tokenizer.json:1");
	assert_refused(tokenizer_parse(SLICE("{}"), &err), &err, ERR_INVALID,
		       "vocab");
}

static void a_key_that_repeats_is_refused(void **state)
{
	(void)state;
	refuse("{\"model\": 1,\n\"model\": 2}", "duplicate object key");
}

static void a_directory_without_the_file_is_refused(void **state)
{
	(void)state;
	assert_refused(tokenizer_load("/nonexistent", &err), &err,
		       ERR_NOT_FOUND, "/nonexistent/tokenizer.json");
}

static void a_path_that_is_too_long_is_refused(void **state)
{
	static char path[5000];

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	assert_null(tokenizer_load(path, &err));
	assert_int_equal(err.status, ERR_LIMIT);
}

static void a_directory_needs_no_configuration(void **state)
{
	struct tokenizer *t;

	(void)state;
	model_begin(NULL);
	t = tokenizer_load(model_dir, &err);
	assert_non_null(t);
	tokenizer_unref(&t);
	model_end(NULL);
}

static void the_last_holder_frees_it(void **state)
{
	struct tokenizer *t = tokenizer_load(DEMO, &err), *second = t;

	(void)state;
	tokenizer_ref(t);
	tokenizer_unref(&t);
	assert_null(t);
	assert_string_equal(shown(second, "he"), "he");
	tokenizer_unref(&second);
	tokenizer_unref(&second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_demo_model_is_loaded),
		cmocka_unit_test(what_is_not_an_object_is_refused),
		cmocka_unit_test(a_key_that_repeats_is_refused),
		cmocka_unit_test(a_directory_without_the_file_is_refused),
		cmocka_unit_test(a_path_that_is_too_long_is_refused),
		cmocka_unit_test(a_directory_needs_no_configuration),
		cmocka_unit_test(the_last_holder_frees_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
