/* Messages as they are taken from a body. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/template/mistral.h"

static void ids_keep_their_last_nine_characters(void **state)
{
	(void)state;
	check(11,
	      "[" ASK("a") "," CALLS(ONE("call-123456789", "f",
					 "{}")) "," RESULT("other-123456789",
							   "x") "]",
	      "<s>[INST]|a|[/INST][TOOL_CALLS]|f|[CALL_ID]|123456789|[ARGS]|"
	      "{}|</s>[TOOL_RESULTS]|123456789|[TOOL_CONTENT]|x|"
	      "[/TOOL_RESULTS]");
	check(13,
	      "[" ASK("a") "," CALLS(ONE("ééééééééé", "f", "{}")) "," RESULT(
		      "éééééééééé", "x") "]",
	      "<s>[INST]|a|[/INST][TOOL_CALLS]|f|[ARGS]|{}|</s>[TOOL_RESULTS]"
	      "|x|[/TOOL_RESULTS]");
}

static void arguments_are_written_anew(void **state)
{
	(void)state;
	check(13,
	      "[" ASK("a") "," CALLS(ONE(
		      "1", "f", "[1,\\\"\\\\u00e9\\\"]")) "," RESULT("1",
								     "x") "]",
	      "<s>[INST]|a|[/INST][TOOL_CALLS]|f|[ARGS]|[1, \"é\"]|</s>"
	      "[TOOL_RESULTS]|x|[/TOOL_RESULTS]");
	check(13,
	      "[" ASK("a") "," CALLS(ONE("1", "f", "no JSON")) "," RESULT(
		      "1", "x") "]",
	      "<s>[INST]|a|[/INST][TOOL_CALLS]|f|[ARGS]|\"no JSON\"|</s>"
	      "[TOOL_RESULTS]|x|[/TOOL_RESULTS]");
	check(13,
	      "[" ASK("a") "," CALLS(
		      "{\"id\":\"1\",\"type\":\"function\","
		      "\"function\":{\"name\":\"f\","
		      "\"arguments\":{\"a\":true}}}") "," RESULT("1", "x") "]",
	      "<s>[INST]|a|[/INST][TOOL_CALLS]|f|[ARGS]|{\"a\": true}|</s>"
	      "[TOOL_RESULTS]|x|[/TOOL_RESULTS]");
}

static void a_developer_speaks_as_the_system(void **state)
{
	(void)state;
	check(7, "[{\"role\":\"developer\",\"content\":\"d\"}," ASK("a") "]",
	      "<s>[SYSTEM_PROMPT]|d|[/SYSTEM_PROMPT][INST]|a|[/INST]");
}

static void thoughts_beside_the_content_are_dropped(void **state)
{
	(void)state;
	check(13,
	      "[" ASK("a") ",{\"role\":\"assistant\",\"content\":\"b\","
			   "\"reasoning\":\"r\"}," ASK("c") "]",
	      "<s>[INST]|a|[/INST]|b|</s>[INST]|c|[/INST]");
}

static void malformed_messages_are_refused(void **state)
{
	static const char *const bad[] = {
		"{}",
		"[7]",
		"[{\"content\":\"x\"}]",
		"[{\"role\":\"function\",\"content\":\"x\"}]",
		"[{\"role\":\"user\"}]",
		"[{\"role\":\"user\",\"content\":null}]",
		"[{\"role\":\"user\",\"content\":7}]",
		"[{\"role\":\"user\",\"content\":{}}]",
		"[{\"role\":\"user\",\"content\":[\"x\"]}]",
		"[{\"role\":\"user\",\"content\":[{\"text\":\"x\"}]}]",
		"[{\"role\":\"user\",\"content\":[{\"type\":7}]}]",
		"[{\"role\":\"user\",\"content\":[{\"type\":\"text\"}]}]",
		"[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":"
		"7}]}]",
		"[" ASK("a") ",{\"role\":\"assistant\",\"content\":[{\"type\":"
			     "\"thinking\",\"thinking\":\"t\",\"closed\":7}]}"
			     "," ASK("b") "]",
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		refuse(13, bad[i]);
}

static void malformed_calls_are_refused(void **state)
{
	static const char *const bad[] = {
		"7",
		"{\"id\":\"1\"}",
		"{\"id\":\"1\",\"function\":7}",
		"{\"id\":\"1\",\"function\":{\"arguments\":\"{}\"}}",
		"{\"id\":\"1\",\"function\":{\"name\":7,\"arguments\":\"\"}}",
		"{\"id\":\"1\",\"function\":{\"name\":\"f\"}}",
		"{\"id\":\"1\",\"function\":{\"name\":\"f\",\"arguments\":7}}",
		"{\"id\":7,\"function\":{\"name\":\"f\",\"arguments\":\"\"}}",
		"{\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}",
		"{\"id\":\"1\",\"type\":\"x\",\"function\":{\"name\":\"f\","
		"\"arguments\":\"{}\"}}",
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		refuse(13, arena_printf(&data,
					"[" ASK("a") "," CALLS("%s") "," RESULT(
						"1", "x") "]",
					bad[i]));
	refuse(13, "[" ASK("a") ",{\"role\":\"assistant\",\"tool_calls\":7}]");
}

static void malformed_results_are_refused(void **state)
{
	(void)state;
	refuse(13, "[" ASK("a") "," CALLS(
			   ONE("1", "f", "{}")) ",{\"role\":"
						"\"tool\",\"content\":\"x\"}]");
	refuse(13, "[" ASK("a") "," CALLS(
			   ONE("1", "f", "{}")) ",{\"role\":"
						"\"tool\",\"content\":\"x\","
						"\"tool_call_id\":1}]");
	refuse(13, "[" ASK("a") "," CALLS(ONE(
			   "1", "f",
			   "{}")) ",{\"role\":"
				  "\"tool\",\"content\":\"x\",\"name\":1," ID(
					  "1") "}]");
}

static void pictures_are_not_rendered(void **state)
{
	(void)state;
	refuse_with(of_version(13),
		    says("[{\"role\":\"user\",\"content\":[{\"type\":"
			 "\"image_url\",\"image_url\":{\"url\":\"u\"}}]}]"),
		    ERR_UNSUPPORTED);
}

static void deep_arguments_are_too_much(void **state)
{
	char deep[600];
	(void)state;
	memset(deep, '[', 299);
	memset(deep + 299, ']', 299);
	deep[598] = '\0';
	refuse_with(of_version(13),
		    says(arena_printf(
			    &data,
			    "[" ASK("a") "," CALLS(ONE(
				    "1", "f", "%s")) "," RESULT("1", "x") "]",
			    deep)),
		    ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_keep_their_last_nine_characters),
		cmocka_unit_test(arguments_are_written_anew),
		cmocka_unit_test(a_developer_speaks_as_the_system),
		cmocka_unit_test(thoughts_beside_the_content_are_dropped),
		cmocka_unit_test(malformed_messages_are_refused),
		cmocka_unit_test(malformed_calls_are_refused),
		cmocka_unit_test(malformed_results_are_refused),
		cmocka_unit_test(pictures_are_not_rendered),
		cmocka_unit_test(deep_arguments_are_too_much),
	};
	arena_init(&data);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_fini(&data);
	return failed;
}
