#include "router/probe/parity_case.h"

#include "common/json/scan.h"
#include "tests/unit/token/fixture.h"

static struct tokenizer *tokenizer;
static struct chat_model *chat;
static struct arena arena;
static struct token_list ids;
static struct error err;

static int begin(void **state)
{
	(void)state;
	tokenizer = tokenizer_load(DEMO, &err);
	chat = chat_model_load(DEMO, NULL, &err);
	assert_non_null(tokenizer);
	assert_non_null(chat);
	arena_init(&arena);
	token_list_init(&ids);
	return 0;
}

static int end(void **state)
{
	(void)state;
	tokenizer_unref(&tokenizer);
	chat_model_unref(&chat);
	arena_fini(&arena);
	token_list_fini(&ids);
	return 0;
}

static void every_body_is_json_with_the_models_name(void **state)
{
	struct json_value v;
	struct buf body = {0};

	(void)state;
	for (size_t i = 0; i < parity_case_n; i++) {
		const char *form = parity_case[i].kind == PARITY_CHAT
					   ? "messages"
					   : "prompt";

		buf_reset(&body, SIZE_MAX);
		parity_case_body(&parity_case[i], "a \"b\"", &body);
		assert_int_equal(json_check(buf_slice(&body), 20, &v), OK);
		assert_int_equal(json_find(buf_slice(&body), "model", &v), OK);
		assert_true(slice_equal(v.raw, SLICE("\"a \\\"b\\\"\"")));
		assert_int_equal(json_find(buf_slice(&body), form, &v), OK);
	}
	buf_fini(&body);
}

static void every_case_has_ids_of_its_own(void **state)
{
	struct tm now = {.tm_year = 125, .tm_mday = 1};
	size_t before = 0;

	(void)state;
	for (size_t i = 0; i < parity_case_n; i++) {
		if (parity_case_ids(&parity_case[i], tokenizer, chat, &now,
				    &arena, &ids, &err) != OK)
			fail_msg("%s: %s", parity_case[i].name, err.text);
		assert_true(ids.n > before);
		before = ids.n;
	}
}

static void without_a_template_there_are_only_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < parity_case_n; i++)
		assert_int_equal(
			parity_case_ids(&parity_case[i], tokenizer, NULL, NULL,
					&arena, &ids, &err),
			parity_case[i].kind == PARITY_CHAT ? ERR_UNSUPPORTED
							   : OK);
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest test[] = {
		T(every_body_is_json_with_the_models_name),
		T(every_case_has_ids_of_its_own),
		T(without_a_template_there_are_only_texts),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
