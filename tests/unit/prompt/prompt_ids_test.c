#include "router/prompt/prompt_ids.h"

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

static enum status of_text(struct slice text, size_t max)
{
	return prompt_ids_of_text(tokenizer, text, true, max, &ids, &err);
}

static enum status of_chat(struct slice messages, size_t max)
{
	const struct chat_request r = {
		.messages = messages,
		.add_generation_prompt = true,
	};

	return prompt_ids_of_chat(tokenizer, chat, &r, false, max, &arena, &ids,
				  &err);
}

static void a_chat_has_the_ids_of_its_rendered_text(void **state)
{
	struct token_list chat_ids;

	(void)state;
	assert_int_equal(of_chat(SLICE("[{\"role\":\"user\",\"content\":"
				       "\"hi\"}]"),
				 100),
			 OK);
	chat_ids = ids;
	token_list_init(&ids);
	assert_int_equal(of_text(SLICE("<|im_start|>user\nhi<|im_end|>\n"
				       "<|im_start|>assistant\n"),
				 100),
			 OK);
	assert_int_equal(ids.n, chat_ids.n);
	assert_memory_equal(ids.id, chat_ids.id, ids.n * sizeof(*ids.id));
	token_list_fini(&chat_ids);
}

static void what_fails_appends_nothing_and_says_why(void **state)
{
	(void)state;
	assert_int_equal(of_text(SLICE("a"), 10), OK);
	assert_int_equal(of_text(SLICE("\xff"), 10), ERR_INVALID);
	assert_non_null(strstr(err.text, "UTF-8"));
	assert_int_equal(of_text(SLICE("one two three"), 2), ERR_LIMIT);
	assert_non_null(strstr(err.text, "more than 2 tokens"));
	assert_int_equal(of_chat(SLICE("[{\"role\":\"user\",\"content\":"
				       "\"hi\"}]"),
				 2),
			 ERR_LIMIT);
	assert_int_equal(of_chat(SLICE("[{\"role\":1}]"), 10), ERR_INVALID);
	assert_int_equal(of_chat(SLICE("[{\"role\":\"user\",\"content\":"
				       "[{\"type\":\"image_url\"}]}]"),
				 10),
			 ERR_UNSUPPORTED);
	assert_int_equal(ids.n, 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest test[] = {
		T(a_chat_has_the_ids_of_its_rendered_text),
		T(what_fails_appends_nothing_and_says_why),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
