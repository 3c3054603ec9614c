/* Conversations for V3.2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/template/deepseek.h"

static void check(struct chat_request r, const char *want)
{
	check_prompt(DEEPSEEK_V32, r, want);
}

static void turns_end_and_thinking_is_off(void **state)
{
	(void)state;
	check(says("[{\"role\":\"system\",\"content\":\"s\"}," ASK(
		      "a") ",{"
			   "\"role\":\"assistant\",\"content\":\"b\","
			   "\"reasoning\":"
			   "\"r\"}," ASK("c") "]"),
	      "s<｜User｜>a<｜Assistant｜></think>b<｜end▁of▁sentence｜>"
	      "<｜User｜>c<｜Assistant｜></think>");
}

static void thoughts_of_turns_that_are_over_are_dropped(void **state)
{
	(void)state;
	check(thinks("[" ASK("a") ",{\"role\":\"assistant\",\"content\":"
				  "\"b\",\"reasoning\":\"r\"}," ASK("c") "]"),
	      "<｜User｜>a<｜Assistant｜></think>b<｜end▁of▁sentence｜>"
	      "<｜User｜>c<｜Assistant｜><think>");
	check(thinks("[" ASK("a") ",{\"role\":\"assistant\",\"content\":"
				  "\"b\",\"reasoning_content\":\"r\"}]"),
	      "<｜User｜>a<｜Assistant｜><think>r</think>b"
	      "<｜end▁of▁sentence｜>");
}

static void calls_have_tags_for_each_argument(void **state)
{
	(void)state;
	check(thinks("[" ASK("a") "," CALL(
		      "\"{\\\"s\\\":\\\"<x>\\\","
		      "\\\"n\\\":[1,null]}\"") "," TOLD("ok") "]"),
	      "<｜User｜>a<｜Assistant｜><think></think>\n\n"
	      "<｜DSML｜function_calls>\n<｜DSML｜invoke name=\"f\">\n"
	      "<｜DSML｜parameter name=\"s\" string=\"true\"><x>"
	      "</｜DSML｜parameter>\n<｜DSML｜parameter name=\"n\" "
	      "string=\"false\">[1, null]</｜DSML｜parameter>\n"
	      "</｜DSML｜invoke>\n</｜DSML｜function_calls>"
	      "<｜end▁of▁sentence｜>\n\n<function_results>\n<result>ok"
	      "</result>\n</function_results>\n\n<think>");
}

static void tools_come_first(void **state)
{
	struct chat_request r = says("[" ASK("a") "]");
	struct error err = {0};
	struct buf out;
	(void)state;
	buf_init(&out);
	r.tools = SLICE("[{\"function\":{\"name\":\"f\"}}]");
	assert_int_equal(run(DEEPSEEK_V32, r, &out, &err), OK);
	struct slice text = buf_slice(&out);
	assert_true(slice_starts(text, SLICE(DEEPSEEK_BOS "\n\n## Tools\n")));
	assert_true(slice_ends(
		text, SLICE("<functions>\n{\"name\": \"f\", \"description\": "
			    "null, \"parameters\": null}\n</functions>\n"
			    "<｜User｜>a<｜Assistant｜></think>")));
	buf_fini(&out);
}

static void what_the_encoder_refuses_is_refused(void **state)
{
	(void)state;
	check_refused(DEEPSEEK_V32, says("[]"));
	check_refused(DEEPSEEK_V32, says("{}"));
	check_refused(DEEPSEEK_V32, says("[{\"role\":\"critic\"}]"));
	check_refused(DEEPSEEK_V32, says("[" TOLD("x") "]"));
	check_refused(DEEPSEEK_V32, says("[" ASK("a") "," TOLD("x") "]"));
	check_refused(DEEPSEEK_V32,
		      says("[" CALL("\"{}\"") "," TOLD("x") "," TOLD("y") "]"));
	check_refused(DEEPSEEK_V32, says("[{\"role\":\"developer\"}]"));
	check_refused(DEEPSEEK_V32,
		      thinks("[" ASK("a") ",{\"role\":\"assistant\","
					  "\"content\":\"b\"}]"));
	check_refused(DEEPSEEK_V32,
		      thinks("[{\"role\":\"developer\",\"content\":\"d\"}," ASK(
			      "a") "]"));
}

static void a_prompt_has_a_bound(void **state)
{
	struct error err = {0};
	struct deepseek d = {
		.messages = json_of(SLICE("[" ASK("aaaaaaaaaaaaaaaa") "]")),
		.arena = &data,
		.err = &err,
	};
	struct buf out;
	(void)state;
	buf_init(&out);
	assert_int_equal(deepseek_v32_render(&d, 40, &out), ERR_LIMIT);
	assert_int_equal(deepseek_v4_render(&d, 40, &out), ERR_LIMIT);
	assert_int_equal(buf_len(&out), 0);
	buf_fini(&out);
}

static void many_results_cost_little(void **state)
{
	struct error err = {0};
	struct buf b, out;
	(void)state;
	buf_init(&b);
	buf_init(&out);
	buf_puts(&b, "[{\"role\":\"assistant\",\"tool_calls\":[");
	for (int i = 0; i < 30000; i++)
		buf_printf(&b, "%s{\"function\":{\"name\":\"f\"}}",
			   i ? "," : "");
	buf_puts(&b, "]}");
	for (int i = 0; i < 30000; i++)
		buf_puts(&b, "," TOLD("r"));
	buf_puts(&b, "]");
	struct chat_request r = {.messages = buf_slice(&b)};
	assert_int_equal(run(DEEPSEEK_V32, r, &out, &err), OK);
	buf_fini(&b);
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turns_end_and_thinking_is_off),
		cmocka_unit_test(thoughts_of_turns_that_are_over_are_dropped),
		cmocka_unit_test(calls_have_tags_for_each_argument),
		cmocka_unit_test(tools_come_first),
		cmocka_unit_test(what_the_encoder_refuses_is_refused),
		cmocka_unit_test(a_prompt_has_a_bound),
		cmocka_unit_test(many_results_cost_little),
	};
	arena_init(&data);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_fini(&data);
	return failed;
}
