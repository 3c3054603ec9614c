/* Conversations for V4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/template/deepseek.h"

static void check(struct chat_request r, const char *want)
{
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

static void effort_switches_thinking(void **state)
{
	struct chat_request r = says("[" ASK("a") "]");
	struct error err = {0};
	struct buf out;
	(void)state;
	r.reasoning_effort = SLICE("\"none\"");
	check(r, "<｜User｜>a<｜Assistant｜></think>");
	r.reasoning_effort = SLICE("\"high\"");
	check(r, "<｜User｜>a<｜Assistant｜><think>");
	r.reasoning_effort = SLICE("\"max\"");
	buf_init(&out);
	assert_int_equal(run(DEEPSEEK_V4, r, &out, &err), OK);
	assert_true(slice_starts(buf_slice(&out),
				 SLICE(DEEPSEEK_BOS "Reasoning Effort: ")));
	buf_fini(&out);
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
		cmocka_unit_test(a_task_has_a_token),
		cmocka_unit_test(what_the_encoder_refuses_is_refused),
	};
	arena_init(&data);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_fini(&data);
	return failed;
}
