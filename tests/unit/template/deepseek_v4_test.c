/* Conversations for V4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/template/deepseek.h"

/* Where it thinks only if it is told to, and is told little. */
static void check(struct chat_request r, const char *want)
{
	r.rules.compat = CHAT_VLLM_2026_06;
	check_prompt(DEEPSEEK_V4, r, want);
}

static void turns_of_a_user_are_one(void **state)
{
	(void)state;
	check(says("[" ASK("a") "," ASK("b") ",{\"role\":\"assistant\","
					     "\"content\":\"c\"}]"),
	      "<｜User｜>a\n\nb<｜Assistant｜></think>c"
	      "<｜end▁of▁sentence｜>");
}

static void results_are_a_users(void **state)
{
	(void)state;
	check(says("[" ASK("a") "," CALL("\"{}\"") "," TOLD("ok") "," ASK(
		      "b") "]"),
	      "<｜User｜>a<｜Assistant｜></think>\n\n<｜DSML｜tool_calls>\n"
	      "<｜DSML｜invoke name=\"f\">\n\n</｜DSML｜invoke>\n"
	      "</｜DSML｜tool_calls><｜end▁of▁sentence｜><｜User｜>"
	      "<tool_result>ok</tool_result>\n\nb<｜Assistant｜></think>");
}

static void thoughts_are_dropped_unless_there_are_tools(void **state)
{
	static const char talk[] =
		"[" ASK("a") ",{\"role\":\"assistant\",\"content\":\"b\","
			     "\"reasoning\":\"r\"}," ASK("c") "]";
	struct chat_request r = thinks(talk);
	(void)state;
	check(r, "<｜User｜>a<｜Assistant｜></think>b<｜end▁of▁sentence｜>"
		 "<｜User｜>c<｜Assistant｜><think>");
	r.kwargs = SLICE("{\"thinking\":true,\"drop_thinking\":false}");
	check(r, "<｜User｜>a<｜Assistant｜><think>r</think>b"
		 "<｜end▁of▁sentence｜><｜User｜>c<｜Assistant｜><think>");
}

/* The first words of the prompt, and whether it thinks at its end. */
static void check_effort(struct chat_request r, enum chat_compat compat,
			 const char *first, bool thinks)
{
	const char *last = thinks ? "<｜User｜>a<｜Assistant｜><think>"
				  : "<｜User｜>a<｜Assistant｜></think>";
	struct error err = {0};
	struct buf out;
	buf_init(&out);
	r.rules.compat = compat;
	assert_int_equal(run(DEEPSEEK_V4, r, &out, &err), OK);
	struct slice text = slice_from(buf_slice(&out), strlen(DEEPSEEK_BOS));
	assert_true(slice_starts(text, slice_of(first)));
	assert_true(slice_equal(slice_from(text, text.n - strlen(last)),
				slice_of(last)));
	if (first[0] == '<')
		assert_int_equal(text.n, strlen(last));
	buf_fini(&out);
}

#define NOTHING  "<｜User｜>"
#define ABSOLUTE "Reasoning Effort: Absolute maximum with no shortcuts"
#define BEYOND   "Reasoning Effort: Beyond maximum — exhaustive"

static void effort_switches_thinking(void **state)
{
	static const struct {
		const char *effort, *in_june, *in_august;
		bool thinks_in_june, thinks_in_august;
	} row[] = {
		{"null", NOTHING, ABSOLUTE, false, true},
		{"\"none\"", NOTHING, NOTHING, false, false},
		{"\"minimal\"", NOTHING, NOTHING, true, true},
		{"\"low\"", NOTHING, NOTHING, true, true},
		{"\"medium\"", NOTHING, NOTHING, true, true},
		{"\"high\"", NOTHING, ABSOLUTE, true, true},
		{"\"xhigh\"", NOTHING, ABSOLUTE, true, true},
		{"\"max\"", ABSOLUTE, BEYOND, true, true},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct chat_request r = says("[" ASK("a") "]");
		r.reasoning_effort = slice_of(row[i].effort);
		check_effort(r, CHAT_VLLM_2026_06, row[i].in_june,
			     row[i].thinks_in_june);
		check_effort(r, CHAT_VLLM_2026_08, row[i].in_august,
			     row[i].thinks_in_august);
	}
}

static void kwargs_switch_thinking(void **state)
{
	static const struct {
		const char *kwargs, *in_august;
		bool thinks;
	} row[] = {
		{"{\"thinking\":true}", ABSOLUTE, true},
		{"{\"thinking\":false}", NOTHING, false},
		{"{\"enable_thinking\":false}", NOTHING, false},
		{"{\"enable_thinking\":true,\"thinking\":false}", ABSOLUTE,
		 true},
		{"{\"thinking\":true,\"reasoning_effort\":\"none\"}", NOTHING,
		 false},
		{"{\"reasoning_effort\":\"max\"}", BEYOND, true},
		{"{\"thinking\":false,\"reasoning_effort\":\"max\"}", NOTHING,
		 false},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct chat_request r = says("[" ASK("a") "]");
		r.kwargs = slice_of(row[i].kwargs);
		check_effort(r, CHAT_VLLM_2026_08, row[i].in_august,
			     row[i].thinks);
	}
}

static void a_task_has_a_token(void **state)
{
	(void)state;
	check(says("[{\"role\":\"user\",\"content\":\"a\",\"task\":"
		   "\"title\"}]"),
	      "<｜User｜>a<｜title｜>");
	check(thinks("[{\"role\":\"user\",\"content\":\"a\",\"task\":"
		     "\"action\"},{\"role\":\"assistant\",\"content\":"
		     "\"b\"}]"),
	      "<｜User｜>a<｜Assistant｜><think><｜action｜>b"
	      "<｜end▁of▁sentence｜>");
}

static void what_the_encoder_refuses_is_refused(void **state)
{
	(void)state;
	check(says("[]"), "");
	check_refused(DEEPSEEK_V4, says("{}"));
	check_refused(DEEPSEEK_V4, says("[{\"role\":\"critic\"}]"));
	check_refused(DEEPSEEK_V4, says("[{\"role\":\"developer\"}]"));
	check_refused(DEEPSEEK_V4, says("[{\"role\":\"user\",\"task\":"
					"\"dance\"}]"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turns_of_a_user_are_one),
		cmocka_unit_test(results_are_a_users),
		cmocka_unit_test(thoughts_are_dropped_unless_there_are_tools),
		cmocka_unit_test(effort_switches_thinking),
		cmocka_unit_test(kwargs_switch_thinking),
		cmocka_unit_test(a_task_has_a_token),
		cmocka_unit_test(what_the_encoder_refuses_is_refused),
	};
	arena_init(&data);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_fini(&data);
	return failed;
}
