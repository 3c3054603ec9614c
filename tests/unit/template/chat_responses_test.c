#include "common/template/chat_responses.h"

#include "tests/unit/template/chat_of.h"

#define API           CHAT_API_RESPONSES
#define ITEMS(items)  "{\"input\":[" items "]}"
#define WITH(members) "{" members ",\"input\":\"hi\"}"
#define USER          "{\"role\":\"user\",\"content\":\"hi\"}"
#define CALL(id)                                                               \
	"{\"type\":\"function_call\",\"id\":\"fc\",\"call_id\":\"" id          \
	"\",\"name\":\"now\",\"arguments\":\"{\\\"a\\\": 1}\","                \
	"\"status\":\"completed\"}"
#define CALLED(id)                                                             \
	"{\"id\":\"" id "\",\"function\":{\"name\":\"now\",\"arguments\":"     \
	"\"{\\\"a\\\": 1}\"},\"type\":\"function\"}"
#define SAID(text)                                                             \
	"{\"type\":\"message\",\"id\":\"m\",\"role\":\"assistant\","           \
	"\"status\":\"completed\",\"content\":[{\"type\":\"output_text\","     \
	"\"text\":\"" text "\",\"annotations\":[]}]}"
#define THOUGHT(text)                                                          \
	"{\"type\":\"reasoning\",\"id\":\"r\",\"summary\":[],\"content\":[{"   \
	"\"type\":\"reasoning_text\",\"text\":\"" text "\"}]}"

static void a_text_is_the_users(void **unused)
{
	(void)unused;
	assert_messages(API, "{\"input\":\"hi\"}", "[" USER "]");
	assert_messages(API, WITH("\"instructions\":\"Be brief.\""),
			"[{\"role\":\"system\",\"content\":\"Be brief.\"}," USER
			"]");
	assert_messages(API, WITH("\"instructions\":\"\""), "[" USER "]");
}

static void messages_keep_role_and_text(void **unused)
{
	(void)unused;
	assert_messages(
		API,
		ITEMS("{\"role\":\"developer\",\"content\":\"d\"},"
		      "{\"type\":\"message\",\"role\":\"user\",\"content\":[{"
		      "\"type\":\"input_text\",\"text\":\"a\"},{\"type\":"
		      "\"input_text\",\"text\":\"b\"}]}"),
		"[{\"role\":\"developer\",\"content\":\"d\"},{\"role\":"
		"\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"},"
		"{\"type\":\"text\",\"text\":\"b\"}]}]");
}

static void what_an_assistant_did_is_one_message(void **unused)
{
	(void)unused;
	assert_messages(
		API,
		ITEMS(USER
		      "," THOUGHT("so") "," SAID("Yes") "," CALL("c1") "," CALL(
			      "c2") ",{\"type\":\"function_call_output\","
				    "\"call_id\":\"c1\",\"output\":\"12\"}"
				    "," SAID("Noon")),
		"[" USER ",{\"role\":\"assistant\",\"content\":\"Yes\","
		"\"reasoning\":\"so\",\"tool_calls\":[" CALLED("c1") "," CALLED(
			"c2") "]},{\"role\":\"tool\",\"tool_call_id\":\"c1\","
			      "\"content\":\"12\"},{\"role\":\"assistant\","
			      "\"content\":\"Noon\"}]");
}

static void a_second_text_or_thought_begins_another(void **unused)
{
	(void)unused;
	assert_messages(API, ITEMS(SAID("a") "," SAID("b")),
			"[{\"role\":\"assistant\",\"content\":\"a\"},"
			"{\"role\":\"assistant\",\"content\":\"b\"}]");
	assert_messages(API, ITEMS(THOUGHT("a") "," THOUGHT("b")),
			"[{\"role\":\"assistant\",\"reasoning\":\"a\"},"
			"{\"role\":\"assistant\",\"reasoning\":\"b\"}]");
}

static void a_summary_stands_in_for_a_thought(void **unused)
{
	(void)unused;
	assert_messages(API,
			ITEMS("{\"type\":\"reasoning\",\"summary\":[{\"type\":"
			      "\"summary_text\",\"text\":\"short\"}]}"),
			"[{\"role\":\"assistant\",\"reasoning\":\"short\"}]");
	assert_messages(API, ITEMS("{\"type\":\"reasoning\",\"summary\":[]}"),
			"[{\"role\":\"assistant\",\"reasoning\":\"\"}]");
}

static void an_output_of_texts_is_joined(void **unused)
{
	(void)unused;
	assert_messages(
		API,
		ITEMS("{\"type\":\"function_call_output\",\"call_id\":\"c\","
		      "\"output\":[{\"type\":\"input_text\",\"text\":\"a\"},"
		      "{\"type\":\"input_text\",\"text\":\"b\"}]}"),
		"[{\"role\":\"tool\",\"tool_call_id\":\"c\",\"content\":"
		"\"a\\nb\"}]");
}

static void parse(struct chat_of *c, const char *body)
{
	chat_of_begin(c);
	if (chat_responses_parse(slice_of(body), &c->arena, &c->r, &c->err) !=
	    OK)
		fail_msg("%s\n%s", body, c->err.text);
}

static void flat_tools_become_functions(void **unused)
{
	struct chat_of c;

	(void)unused;
	parse(&c, WITH("\"tools\":[{\"type\":\"function\",\"name\":\"now\","
		       "\"strict\":true,\"parameters\":{\"a\":1},"
		       "\"description\":\"d\"}],\"tool_choice\":\"none\""));
	assert_raw(c.r.tools,
		   "[{\"type\":\"function\",\"function\":{\"name\":\"now\","
		   "\"description\":\"d\",\"parameters\":{\"a\":1},"
		   "\"strict\":true}}]");
	assert_true(c.r.no_tool_choice);
	assert_true(c.r.calls_as_given);
	chat_of_end(&c);
	parse(&c, WITH("\"tools\":[],\"reasoning\":{\"effort\":\"low\"},"
		       "\"chat_template_kwargs\":{\"a\":1},\"truncation\":"
		       "\"disabled\",\"previous_response_id\":null"));
	assert_raw(c.r.tools, NULL);
	assert_raw(c.r.reasoning_effort, "\"low\"");
	assert_raw(c.r.kwargs, "{\"a\":1}");
	assert_true(c.r.add_generation_prompt);
	chat_of_end(&c);
}

static void a_last_message_that_broke_off_is_gone_on_with(void **unused)
{
	static const char *const open[] = {
		"{\"role\":\"assistant\",\"content\":\"a\",\"status\":"
		"\"incomplete\"}",
		"{\"type\":\"message\",\"role\":\"assistant\",\"content\":"
		"\"a\",\"status\":\"in_progress\"}",
		"{\"type\":\"reasoning\",\"summary\":[],\"status\":"
		"\"incomplete\"}",
	};
	char body[256];
	struct chat_of c;

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(open); i++) {
		snprintf(body, sizeof(body), "{\"input\":[%s]}", open[i]);
		parse(&c, body);
		assert_true(c.r.continue_final_message);
		assert_false(c.r.add_generation_prompt);
		chat_of_end(&c);
		snprintf(body, sizeof(body), "{\"input\":[%s," USER "]}",
			 open[i]);
		parse(&c, body);
		assert_false(c.r.continue_final_message);
		chat_of_end(&c);
	}
	parse(&c, ITEMS("{\"type\":\"function_call\",\"call_id\":\"c\","
			"\"name\":\"n\",\"arguments\":\"{}\",\"status\":"
			"\"incomplete\"}"));
	assert_false(c.r.continue_final_message);
	chat_of_end(&c);
}

static void what_is_not_known_is_refused_by_name(void **unused)
{
	static const struct {
		const char *body, *says;
	} row[] = {
		{WITH("\"previous_response_id\":\"r\""),
		 "previous_response_id"},
		{WITH("\"previous_response\":{}"), "previous_response"},
		{WITH("\"previous_input_messages\":[]"),
		 "previous_input_messages"},
		{WITH("\"prompt\":{\"id\":\"p\"}"), "prompt"},
		{WITH("\"conversation\":\"c\""), "conversation"},
		{WITH("\"truncation\":\"auto\""), "truncation"},
		{WITH("\"tools\":[{\"type\":\"web_search\"}]"),
		 "tools: one that is not a function"},
		{ITEMS("{\"type\":\"item_reference\",\"id\":\"i\"}"),
		 "an item of type \"item_reference\""},
		{ITEMS("{\"type\":\"custom_tool_call\"}"),
		 "\"custom_tool_call\""},
		{ITEMS("{\"role\":\"user\",\"content\":[{\"type\":"
		       "\"input_image\",\"image_url\":\"u\"}]}"),
		 "a part of type \"input_image\""},
		{ITEMS("{\"type\":\"reasoning\",\"encrypted_content\":\"x\"}"),
		 "reasoning that is encrypted"},
		{ITEMS("{\"type\":\"function_call\",\"call_id\":\"c\","
		       "\"name\":\"n\",\"arguments\":\"{}\",\"namespace\":"
		       "\"s\"}"),
		 "a namespace"},
		{ITEMS("{\"role\":\"assistant\",\"content\":[]}"),
		 "without content"},
		{ITEMS("{\"role\":\"assistant\",\"content\":[{\"type\":"
		       "\"refusal\",\"refusal\":\"no\"}]}"),
		 "\"refusal\""},
		{ITEMS("{\"type\":\"function_call_output\",\"call_id\":\"c\","
		       "\"output\":[{\"type\":\"input_file\"}]}"),
		 "\"input_file\""},
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		assert_refused(API, row[i].body, ERR_UNSUPPORTED, row[i].says);
}

static void what_the_engine_refuses_is_invalid(void **unused)
{
	static const char *const body[] = {
		"[]",
		"{}",
		"{\"input\":1}",
		"{\"input\":[1]}",
		"{\"input\":\"a\"",
		WITH("\"instructions\":1"),
		WITH("\"tools\":{}"),
		WITH("\"tools\":[1]"),
		WITH("\"tools\":[{\"type\":\"function\"}]"),
		ITEMS("{\"content\":\"a\"}"),
		ITEMS("{\"role\":\"tool\",\"content\":\"a\"}"),
		ITEMS("{\"role\":\"user\"}"),
		ITEMS("{\"role\":\"user\",\"content\":[\"a\"]}"),
		ITEMS("{\"role\":\"user\",\"content\":[{\"type\":"
		      "\"input_text\"}]}"),
		ITEMS("{\"role\":\"assistant\",\"content\":{}}"),
		ITEMS("{\"type\":\"function_call\",\"name\":\"n\"}"),
		ITEMS("{\"type\":\"function_call_output\",\"output\":\"x\"}"),
		ITEMS("{\"type\":\"function_call_output\",\"call_id\":\"c\"}"),
		ITEMS("{\"type\":\"reasoning\",\"content\":\"x\"}"),
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(body); i++)
		assert_refused(API, body[i], ERR_INVALID, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_is_the_users),
		cmocka_unit_test(messages_keep_role_and_text),
		cmocka_unit_test(what_an_assistant_did_is_one_message),
		cmocka_unit_test(a_second_text_or_thought_begins_another),
		cmocka_unit_test(a_summary_stands_in_for_a_thought),
		cmocka_unit_test(an_output_of_texts_is_joined),
		cmocka_unit_test(flat_tools_become_functions),
		cmocka_unit_test(a_last_message_that_broke_off_is_gone_on_with),
		cmocka_unit_test(what_is_not_known_is_refused_by_name),
		cmocka_unit_test(what_the_engine_refuses_is_invalid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
