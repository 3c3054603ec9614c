/* Chat requests as Harmony prompts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/template/chat_harmony.h"
#include "tests/unit/template/data.h"

#define HEAD                                                                   \
	"<|start|>system<|message|>You are ChatGPT, a large language model "   \
	"trained by OpenAI.\nKnowledge cutoff: 2024-06\nCurrent date: "        \
	"2025-07-10\n\nReasoning: %s\n\n# Valid channels: analysis, "          \
	"commentary, final. Channel must be included for every message."
#define END  "<|end|>"
#define TAIL "<|start|>assistant"

static enum status run(const struct chat_request *given, struct buf *out,
		       struct error *err)
{
	struct template_limits limits = template_default_limits();
	struct tm now = {.tm_year = 125, .tm_mon = 6, .tm_mday = 10};
	struct chat_request r = *given;
	struct segments to;
	r.now = &now;
	buf_puts(out, "|");
	segments_init(&to, out, &data);
	enum status status = chat_render_harmony(&r, &limits, &to, err);
	buf_consume(out, 1);
	assert_true(status == OK || to.n == 0);
	return status;
}

static void check_request(struct chat_request r, const char *effort,
			  const char *middle)
{
	struct error err = {0};
	struct buf out;
	buf_init(&out);
	enum status status = run(&r, &out, &err);
	if (status != OK)
		print_message("%s\n", err.text);
	assert_int_equal(status, OK);
	char *head = arena_printf(&data, HEAD, effort);
	check_text(buf_slice(&out),
		   slice_of(arena_printf(&data, "%s%s" TAIL, head, middle)));
	buf_fini(&out);
}

static void check(const char *messages, const char *middle)
{
	check_request((struct chat_request){.messages = slice_of(messages)},
		      "medium", arena_printf(&data, END "%s", middle));
}

static void a_user_asks(void **state)
{
	(void)state;
	check("[{\"role\":\"user\",\"content\":\"hi\"}]",
	      "<|start|>user<|message|>hi<|end|>");
	check("[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":"
	      "\"a\"},{\"type\":\"image_url\"},{\"text\":\"b\"}]}]",
	      "<|start|>user<|message|>ab<|end|>");
	check("[]", "");
}

static void leading_instructions_are_the_developers(void **state)
{
	(void)state;
	check("[{\"role\":\"system\",\"content\":[\"a\",{\"text\":\"b\"}]},"
	      "{\"role\":\"user\"}]",
	      "<|start|>developer<|message|># Instructions\n\nab<|end|>"
	      "<|start|>user<|message|><|end|>");
	check("[{\"role\":\"system\",\"content\":\"\"}]", "");
	check("[{\"role\":\"user\",\"content\":\"u\"},{\"role\":\"system\","
	      "\"content\":\"late\"}]",
	      "<|start|>user<|message|>u<|end|><|start|>developer<|message|># "
	      "Instructions\n\nlate<|end|>");
}

static void calls_and_their_results_go_to_functions(void **state)
{
	(void)state;
	check("[{\"role\":\"assistant\",\"content\":\"c\",\"reasoning\":\"r\","
	      "\"tool_calls\":[{\"id\":\"i\",\"function\":{\"name\":\"f\","
	      "\"arguments\":\"{}\"}}]},{\"role\":\"tool\",\"tool_call_id\":"
	      "\"i\",\"content\":\"ok\"},{\"role\":\"tool\",\"content\":"
	      "null}]",
	      "<|start|>assistant<|channel|>commentary<|message|>c<|end|>"
	      "<|start|>assistant<|channel|>analysis<|message|>r<|end|>"
	      "<|start|>assistant to=functions.f<|channel|>commentary json"
	      "<|message|>{}<|call|><|start|>functions.f to=assistant"
	      "<|channel|>commentary<|message|>ok<|end|><|start|>functions. "
	      "to=assistant<|channel|>commentary<|message|><|end|>");
}

static void thoughts_before_a_final_answer_are_gone(void **state)
{
	(void)state;
	check("[{\"role\":\"assistant\",\"content\":\"a\",\"reasoning\":"
	      "\"old\"},{\"role\":\"user\",\"content\":\"u\"},{\"role\":"
	      "\"assistant\",\"reasoning_content\":\"new\"}]",
	      "<|start|>assistant<|channel|>final<|message|>a<|end|><|start|>"
	      "user<|message|>u<|end|><|start|>assistant<|channel|>analysis"
	      "<|message|>new<|end|>");
}

static void tools_and_effort_are_told(void **state)
{
	struct chat_request r = {
		.messages = SLICE("[]"),
		.tools = SLICE("[{\"function\":{\"name\":\"f\"}}]"),
		.reasoning_effort = SLICE("\"low\""),
	};
	(void)state;
	check_request(r, "low",
		      "\nCalls to these tools must go to the commentary "
		      "channel: 'functions'." END
		      "<|start|>developer<|message|># Tools\n\n## functions\n\n"
		      "namespace functions {\n\ntype f = () => any;\n\n} // "
		      "namespace functions<|end|>");
	r.no_tool_choice = r.exclude_tools = true;
	check_request(r, "low", END);
}

static void what_harmony_does_not_have_is_refused(void **state)
{
	static const struct chat_request bad[] = {
		{.messages = SLICE("{}")},
		{.messages = SLICE("[")},
		{.messages = SLICE("[1]")},
		{.messages = SLICE("[{\"role\":\"critic\"}]")},
		{.messages = SLICE("[{\"role\":\"user\",\"content\":7}]")},
		{.messages = SLICE("[{\"role\":\"user\",\"content\":[7]}]")},
		{.messages = SLICE("[{\"role\":\"assistant\",\"tool_calls\":7}"
				   "]")},
		{.messages = SLICE("[{\"role\":\"assistant\",\"tool_calls\":["
				   "7]}]")},
		{.messages = SLICE("[{\"role\":\"assistant\",\"tool_calls\":[{"
				   "\"function\":{\"arguments\":{}}}]}]")},
		{.messages = SLICE("[]"), .tools = SLICE("[]")},
		{.messages = SLICE("[]"), .reasoning_effort = SLICE("7")},
		{.messages = SLICE("[]"),
		 .reasoning_effort = SLICE("\"none\"")},
	};
	struct error err;
	struct buf out;
	(void)state;
	buf_init(&out);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(run(&bad[i], &out, &err), ERR_INVALID);
		assert_int_equal(buf_len(&out), 0);
	}
	buf_fini(&out);
}

static void many_required_names_cost_little(void **state)
{
	struct chat_request r = {.messages = SLICE("[]")};
	struct error err;
	struct buf b, out;
	(void)state;
	buf_init(&b);
	buf_init(&out);
	buf_puts(&b, "[{\"function\":{\"name\":\"f\",\"parameters\":{\"type\":"
		     "\"object\",\"properties\":{");
	for (int i = 0; i < 30000; i++)
		buf_printf(&b, "%s\"p%d\":{}", i ? "," : "", i);
	buf_puts(&b, "},\"required\":[");
	for (int i = 0; i < 30000; i++)
		buf_printf(&b, "%s\"q%d\"", i ? "," : "", i);
	buf_puts(&b, "]}}}]");
	r.tools = buf_slice(&b);
	assert_int_equal(run(&r, &out, &err), OK);
	buf_fini(&b);
	buf_fini(&out);
}

static void declarations_have_a_bound(void **state)
{
	struct chat_request r = {.messages = SLICE("[]")};
	struct error err;
	struct buf b, out;
	(void)state;
	buf_init(&b);
	buf_init(&out);
	buf_puts(&b, "[{\"function\":{\"name\":\"f\",\"parameters\":");
	for (int i = 0; i < 40; i++)
		buf_puts(&b, "{\"type\":\"object\",\"properties\":{\"o\":");
	buf_puts(&b, "{\"type\":\"object\",\"properties\":{");
	for (int i = 0; i < 120000; i++)
		buf_printf(&b, "%s\"%d\":0", i ? "," : "", i);
	buf_puts(&b, "}}");
	for (int i = 0; i < 40; i++)
		buf_puts(&b, "}}");
	buf_puts(&b, "}}]");
	r.tools = buf_slice(&b);
	assert_int_equal(run(&r, &out, &err), ERR_LIMIT);
	assert_int_equal(buf_len(&out), 0);
	buf_fini(&b);
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_user_asks),
		cmocka_unit_test(leading_instructions_are_the_developers),
		cmocka_unit_test(calls_and_their_results_go_to_functions),
		cmocka_unit_test(thoughts_before_a_final_answer_are_gone),
		cmocka_unit_test(tools_and_effort_are_told),
		cmocka_unit_test(what_harmony_does_not_have_is_refused),
		cmocka_unit_test(many_required_names_cost_little),
		cmocka_unit_test(declarations_have_a_bound),
	};
	arena_init(&data);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_fini(&data);
	return failed;
}
