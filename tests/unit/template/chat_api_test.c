#include "common/template/chat_api.h"

#include "tests/unit/template/chat_of.h"

#include "tests/unit/template/directory.h"

static const struct chat_rules vllm = {.compat = CHAT_VLLM_2026_08};
static const struct chat_rules vllm_of_june = {.compat = CHAT_VLLM_2026_06};
static const struct chat_rules sglang = {.dialect = CHAT_SGLANG};

static void each_api_reads_its_own_body(void **state)
{
	(void)state;
	assert_messages(CHAT_API_CHAT, "{\"messages\":[{\"x\":1}]}",
			"[{\"x\":1}]");
	assert_messages(CHAT_API_MESSAGES,
			"{\"messages\":[{\"role\":\"msg\",\"content\":\"a\"}]}",
			"[{\"role\":\"user\",\"content\":\"a\"}]");
	assert_messages(CHAT_API_RESPONSES, "{\"input\":\"a\"}",
			"[{\"role\":\"user\",\"content\":\"a\"}]");
	assert_refused(CHAT_API_CHAT, "{\"input\":\"a\"}", ERR_INVALID,
		       "messages");
	assert_refused(CHAT_API_RESPONSES, "{\"messages\":[]}", ERR_INVALID,
		       "input");
}

static void what_an_engine_maps_is_known(void **state)
{
	(void)state;
	assert_null(chat_api_fault(&sglang, false, CHAT_API_CHAT));
	assert_null(chat_api_fault(&vllm, false, CHAT_API_MESSAGES));
	assert_null(chat_api_fault(&vllm_of_june, true, CHAT_API_MESSAGES));
	assert_null(chat_api_fault(&vllm, true, CHAT_API_RESPONSES));
}

static void what_an_engine_maps_otherwise_is_told(void **state)
{
	(void)state;
	assert_non_null(strstr(chat_api_fault(&sglang, true, CHAT_API_MESSAGES),
			       "SGLang"));
	assert_non_null(strstr(
		chat_api_fault(&sglang, true, CHAT_API_RESPONSES), "SGLang"));
	assert_non_null(
		strstr(chat_api_fault(&vllm_of_june, true, CHAT_API_RESPONSES),
		       "of that month"));
	assert_non_null(strstr(chat_api_fault(&vllm, false, CHAT_API_RESPONSES),
			       "made by code"));
}

static void words_stand_in_the_order_of_the_enum(void **state)
{
	(void)state;
	assert_string_equal(chat_api_word[CHAT_API_CHAT], "chat");
	assert_string_equal(chat_api_word[CHAT_API_MESSAGES], "messages");
	assert_string_equal(chat_api_word[CHAT_API_RESPONSES], "responses");
	assert_null(chat_api_word[CHAT_API_RESPONSES + 1]);
}

/* The schema of a chat's body has an order of its own; a response does not
 * go through it. */
static void a_responses_calls_stay_in_their_order(void **state)
{
	static const struct {
		enum chat_api api;
		const char *body, *wanted;
	} row[] = {
		{CHAT_API_CHAT,
		 "{\"messages\":[{\"role\":\"assistant\",\"content\":\"\","
		 "\"tool_calls\":[{\"type\":\"function\",\"id\":\"i\","
		 "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}]}",
		 "{\"id\": \"i\", \"function\": {\"arguments\": {}, \"name\": "
		 "\"f\"}, \"type\": \"function\"}"},
		{CHAT_API_RESPONSES,
		 "{\"input\":[{\"type\":\"function_call\",\"call_id\":\"i\","
		 "\"name\":\"f\",\"arguments\":\"{}\"}]}",
		 "{\"id\": \"i\", \"function\": {\"name\": \"f\", "
		 "\"arguments\": {}}, \"type\": \"function\"}"},
	};
	struct template_limits limits = template_default_limits();
	struct chat_model *m;
	struct error err;

	(void)state;
	model_put("tokenizer_config.json",
		  "{\"chat_template\":\"{{ messages[0].tool_calls[0] | tojson "
		  "}}\"}");
	m = chat_model_load(model_dir, NULL, &err);
	assert_non_null(m);
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct chat_of c;
		struct buf out;

		chat_of_begin(&c);
		buf_init(&out);
		assert_int_equal(chat_api_parse(row[i].api,
						slice_of(row[i].body), &c.arena,
						&c.r, &c.err),
				 OK);
		assert_int_equal(chat_model_render(m, &c.r, &limits, &c.arena,
						   &out, &c.err),
				 OK);
		assert_raw(buf_slice(&out), row[i].wanted);
		buf_fini(&out);
		chat_of_end(&c);
	}
	chat_model_unref(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_api_reads_its_own_body),
		cmocka_unit_test(what_an_engine_maps_is_known),
		cmocka_unit_test(what_an_engine_maps_otherwise_is_told),
		cmocka_unit_test(words_stand_in_the_order_of_the_enum),
		cmocka_unit_test_setup_teardown(
			a_responses_calls_stay_in_their_order, model_begin,
			model_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
