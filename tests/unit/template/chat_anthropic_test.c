#include "common/template/chat_anthropic.h"

#include "tests/unit/template/chat_of.h"

#define API  CHAT_API_MESSAGES
#define USER "{\"role\":\"user\",\"content\":\"hi\"}"
/* A body of one message of the user. */
#define WITH(members) "{" members ",\"messages\":[" USER "]}"

static void a_system_prompt_stands_in_front(void **unused)
{
	(void)unused;
	assert_messages(API, WITH("\"system\":\"Be \\\"brief\\\".\""),
			"[{\"role\":\"system\",\"content\":\"Be "
			"\\\"brief\\\".\"}," USER "]");
	assert_messages(API, WITH("\"system\":\"\""), "[" USER "]");
	assert_messages(API, WITH("\"system\":null"), "[" USER "]");
	assert_messages(API, WITH("\"system\":[]"), "[" USER "]");
}

static void blocks_of_a_system_prompt_are_joined(void **unused)
{
	(void)unused;
	assert_messages(
		API,
		WITH("\"system\":[{\"type\":\"text\",\"text\":\"a\\n\","
		     "\"cache_control\":{}},{\"type\":\"text\",\"text\":\"\"},"
		     "{\"type\":\"text\",\"text\":\"b\"}]"),
		"[{\"role\":\"system\",\"content\":\"a\\nb\"}," USER "]");
}

static void a_bill_is_left_out(void **unused)
{
	(void)unused;
	assert_messages(
		API,
		WITH("\"system\":[{\"type\":\"text\",\"text\":"
		     "\"x-anthropic-billing-header: 1\"},"
		     "{\"type\":\"text\",\"text\":\"x-\\u0061nthropic-billing-"
		     "header: 2\"},{\"type\":\"text\",\"text\":\"b\"}]"),
		"[{\"role\":\"system\",\"content\":\"b\"}," USER "]");
}

static void the_last_of_repeated_members_counts(void **unused)
{
	(void)unused;
	assert_messages(API, WITH("\"system\":\"a\",\"syst\\u0065m\":\"b\""),
			"[{\"role\":\"system\",\"content\":\"b\"}," USER "]");
}

static void other_names_of_the_user_are_known(void **unused)
{
	(void)unused;
	assert_messages(API,
			"{\"messages\":[{\"role\":\"ctx\",\"content\":\"a\"},"
			"{\"role\":\"msg\",\"content\":\"b\"}]}",
			"[{\"role\":\"user\",\"content\":\"a\"},"
			"{\"role\":\"user\",\"content\":\"b\"}]");
}

static void one_text_is_a_string_and_several_are_parts(void **unused)
{
	(void)unused;
	assert_messages(API, WITH("\"x\":1"), "[" USER "]");
	assert_messages(
		API,
		"{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
		"\"text\",\"text\":\"a\"},{\"type\":\"text\",\"text\":\"\"}]},"
		"{\"role\":\"assistant\",\"content\":[{\"type\":\"text\","
		"\"text\":\"b\"},{\"type\":\"text\",\"text\":\"c\"}]}]}",
		"[{\"role\":\"user\",\"content\":\"a\"},{\"role\":"
		"\"assistant\",\"content\":[{\"type\":\"text\",\"text\":"
		"\"b\"},{\"type\":\"text\",\"text\":\"c\"}]}]");
}

static void what_a_user_does_not_say_is_no_message(void **unused)
{
	(void)unused;
	assert_messages(API,
			"{\"messages\":[{\"role\":\"user\",\"content\":[]},"
			"{\"role\":\"assistant\",\"content\":[]}]}",
			"[{\"role\":\"assistant\"}]");
}

static void thoughts_are_reasoning_and_veiled_ones_nothing(void **unused)
{
	(void)unused;
	assert_messages(
		API,
		"{\"messages\":[" USER ",{\"role\":\"assistant\",\"content\":["
		"{\"type\":\"thinking\",\"thinking\":\"so \",\"signature\":"
		"\"s\"},{\"type\":\"redacted_thinking\",\"data\":\"x\"},"
		"{\"type\":\"thinking\",\"thinking\":\"far\"},"
		"{\"type\":\"text\",\"text\":\"Yes\"}]}]}",
		"[" USER ",{\"role\":\"assistant\",\"content\":\"Yes\","
		"\"reasoning\":\"so far\"}]");
}

static void uses_of_tools_are_calls_with_their_input_as_text(void **unused)
{
	(void)unused;
	assert_messages(
		API,
		"{\"messages\":[{\"role\":\"assistant\",\"content\":["
		"{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"now\","
		"\"input\":{\"z\": 1.50,\"a\":[true,null],"
		"\"s\":\"\\u00e9\\\"\"}},"
		"{\"type\":\"tool_use\",\"id\":\"t2\",\"name\":\"then\","
		"\"input\":{}}]}]}",
		"[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"t1\","
		"\"type\":\"function\",\"function\":{\"name\":\"now\","
		"\"arguments\":\"{\\\"z\\\": 1.5, \\\"a\\\": [true, null], "
		"\\\"s\\\": \\\"\\\\u00e9\\\\\\\"\\\"}\"}},{\"id\":\"t2\","
		"\"type\":\"function\",\"function\":{\"name\":\"then\","
		"\"arguments\":\"{}\"}}]}]");
}

#define RESULT(content)                                                        \
	"{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\","   \
	"\"text\":\"go on\"},{\"type\":\"tool_result\",\"tool_use_id\":"       \
	"\"t1\"" content "}]}]}"
#define TOLD(content)                                                          \
	"[{\"role\":\"tool\",\"tool_call_id\":\"t1\",\"content\":" content "}" \
	","
#define GO_ON "{\"role\":\"user\",\"content\":\"go on\"}]"

static void results_of_tools_are_messages_before_the_users(void **unused)
{
	(void)unused;
	assert_messages(API, RESULT(",\"content\":\"sun\""),
			TOLD("\"sun\"") GO_ON);
	assert_messages(API, RESULT(""), TOLD("\"\"") GO_ON);
	assert_messages(
		API,
		RESULT(",\"content\":[{\"type\":\"text\",\"text\":\"a\"},"
		       "{\"type\":\"text\",\"text\":\"\"},{\"type\":\"text\","
		       "\"text\":\"b\"}],\"is_error\":true"),
		TOLD("\"a\\n\\nb\"") GO_ON);
}

static void tools_that_a_result_names_follow_it(void **unused)
{
	(void)unused;
	assert_messages(
		API,
		RESULT(",\"content\":[{\"type\":\"tool_reference\","
		       "\"tool_name\":\"now\"},{\"type\":\"tool_reference\","
		       "\"name\":\"then\"},{\"type\":\"tool_reference\"}]"),
		TOLD("\"\"") "{\"role\":\"tool\",\"tool_call_id\":\"t1\","
			     "\"content\":[{\"type\":\"tool_reference\","
			     "\"name\":\"now\"},{\"type\":\"tool_reference\","
			     "\"name\":\"then\"}]}," GO_ON);
}

static void an_assistants_own_result_is_text(void **unused)
{
	(void)unused;
	assert_messages(API,
			"{\"messages\":[{\"role\":\"assistant\",\"content\":[{"
			"\"type\":\"tool_result\",\"content\":\"sun\"}]}]}",
			"[{\"role\":\"assistant\",\"content\":\"Tool result: "
			"sun\"}]");
}

static void tools_become_functions(void **unused)
{
	struct chat_of c;

	(void)unused;
	chat_of_begin(&c);
	assert_int_equal(
		chat_anthropic_parse(
			SLICE(WITH("\"tools\":[{\"input_schema\":{ },"
				   "\"name\":\"now\",\"cache_control\":{}},"
				   "{\"name\":\"then\",\"description\":\"d\","
				   "\"type\":\"custom\",\"input_schema\":"
				   "{\"required\":[\"a\"] },"
				   "\"defer_loading\":true},{\"name\":\"x\","
				   "\"input_schema\":{\"type\":\"object\"}}],"
				   "\"tool_choice\":{\"type\":\"none\"}")),
			&c.arena, &c.r, &c.err),
		OK);
	assert_raw(
		c.r.tools,
		"[{\"type\":\"function\",\"function\":{\"name\":\"now\","
		"\"parameters\":{\"type\":\"object\"}}},{\"type\":"
		"\"function\",\"function\":{\"name\":\"then\",\"description\":"
		"\"d\",\"parameters\":{\"required\":[\"a\"],\"type\":"
		"\"object\"},\"defer_loading\":true}},{\"type\":\"function\","
		"\"function\":{\"name\":\"x\",\"parameters\":{\"type\":"
		"\"object\"}}}]");
	assert_true(c.r.no_tool_choice);
	chat_of_end(&c);
}

static void what_else_a_body_says_is_taken_over(void **unused)
{
	struct chat_of c;

	(void)unused;
	chat_of_begin(&c);
	c.r.documents = SLICE("[]");
	assert_int_equal(
		chat_anthropic_parse(
			SLICE(WITH("\"chat_template_kwargs\":{\"a\":1},"
				   "\"thinking\":{\"type\":\"enabled\","
				   "\"budget_tokens\":9},\"output_config\":"
				   "{\"effort\":\"high\"},\"tool_choice\":"
				   "{\"type\":\"any\"}")),
			&c.arena, &c.r, &c.err),
		OK);
	assert_raw(c.r.kwargs, "{\"a\":1}");
	assert_raw(c.r.reasoning_effort, "\"high\"");
	assert_raw(c.r.tools, NULL);
	assert_raw(c.r.documents, NULL);
	assert_false(c.r.no_tool_choice);
	assert_true(c.r.add_generation_prompt);
	assert_false(c.r.continue_final_message);
	assert_false(c.r.calls_as_given);
	chat_of_end(&c);
}

#define ONE(role, content)                                                     \
	"{\"messages\":[{\"role\":\"" role "\",\"content\":" content "}]}"

static void what_is_not_known_is_refused_by_name(void **unused)
{
	static const struct {
		const char *body, *says;
	} row[] = {
		{ONE("system", "\"x\""), "a system's message among"},
		{ONE("user", "[{\"type\":\"image\",\"source\":{}}]"),
		 "an image"},
		{RESULT(",\"content\":[{\"type\":\"image\"}]"), "an image"},
		{ONE("assistant", "[{\"type\":\"tool_use\",\"name\":\"a\"}]"),
		 "a tool_use without an id"},
		{ONE("assistant",
		     "[{\"type\":\"tool_result\",\"content\":[]}]"),
		 "an assistant's tool_result of blocks"},
		{WITH("\"thinking\":{\"type\":\"disabled\"}"),
		 "thinking: disabled"},
		{WITH("\"tools\":[]"), "tools: an empty list"},
		{WITH("\"tools\":[{\"name\":\"a\",\"input_schema\":{},"
		      "\"strict\":true}]"),
		 "tools: strict"},
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		assert_refused(API, row[i].body, ERR_UNSUPPORTED, row[i].says);
}

static void what_the_engine_refuses_is_invalid(void **unused)
{
	static const char *const body[] = {
		"[]",
		"{",
		"{}",
		"{\"messages\":{}}",
		"{\"messages\":[1]}",
		"{\"messages\":[{\"content\":\"x\"}]}",
		ONE("tool", "\"x\""),
		ONE("user", "null"),
		ONE("user", "1"),
		ONE("user", "[\"x\"]"),
		ONE("user", "[{\"text\":\"x\"}]"),
		ONE("user", "[{\"type\":\"document\"}]"),
		ONE("assistant", "[{\"type\":\"tool_use\",\"id\":\"t\","
				 "\"name\":\"a\",\"input\":[]}]"),
		RESULT(",\"content\":1"),
		RESULT(",\"content\":[1]"),
		RESULT(",\"content\":[{\"type\":\"text\",\"text\":1}]"),
		WITH("\"system\":1"),
		WITH("\"system\":[1]"),
		WITH("\"thinking\":true"),
		WITH("\"tools\":{}"),
		WITH("\"tools\":[{\"name\":\"a\"}]"),
		WITH("\"tools\":[{\"type\":\"web_search_20250305\",\"name\":"
		     "\"web_search\"}]"),
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(body); i++)
		assert_refused(API, body[i], ERR_INVALID, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_system_prompt_stands_in_front),
		cmocka_unit_test(blocks_of_a_system_prompt_are_joined),
		cmocka_unit_test(a_bill_is_left_out),
		cmocka_unit_test(the_last_of_repeated_members_counts),
		cmocka_unit_test(other_names_of_the_user_are_known),
		cmocka_unit_test(one_text_is_a_string_and_several_are_parts),
		cmocka_unit_test(what_a_user_does_not_say_is_no_message),
		cmocka_unit_test(
			thoughts_are_reasoning_and_veiled_ones_nothing),
		cmocka_unit_test(
			uses_of_tools_are_calls_with_their_input_as_text),
		cmocka_unit_test(
			results_of_tools_are_messages_before_the_users),
		cmocka_unit_test(tools_that_a_result_names_follow_it),
		cmocka_unit_test(an_assistants_own_result_is_text),
		cmocka_unit_test(tools_become_functions),
		cmocka_unit_test(what_else_a_body_says_is_taken_over),
		cmocka_unit_test(what_is_not_known_is_refused_by_name),
		cmocka_unit_test(what_the_engine_refuses_is_invalid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
