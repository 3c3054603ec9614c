/* Messages in the engine's shape. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/template/chat_case.h"

#define SHOW "{{ messages | tojson }}"

static void tool_calls_are_in_the_schemas_order(void **state)
{
	(void)state;
	check(SHOW,
	      request_of("[{\"role\":\"assistant\",\"content\":null,"
			 "\"reasoning_content\":\"r\",\"tool_calls\":[{"
			 "\"index\":0,\"type\":\"function\",\"function\":{"
			 "\"x\":1,\"name\":\"f\",\"arguments\":\"{\\\"a\\\":1}"
			 "\"},\"id\":\"i\"}]}]",
			 NULL),
	      "[{\"role\": \"assistant\", \"content\": \"\", \"tool_calls\": "
	      "[{\"id\": \"i\", \"function\": {\"arguments\": {\"a\": 1}, "
	      "\"name\": \"f\", \"x\": 1}, \"type\": \"function\", \"index\": "
	      "0}], \"reasoning\": \"r\", \"reasoning_content\": \"r\"}]");
}

static struct chat_request calling(const char *arguments)
{
	static char text[512];
	snprintf(text, sizeof(text),
		 "[{\"role\":\"assistant\",\"tool_calls\":[{\"function\":{"
		 "\"name\":\"f\",\"arguments\":%s}}]}]",
		 arguments);
	return request_of(text, NULL);
}

static void check_arguments(const char *arguments, const char *late,
			    const char *early)
{
	static const char source[] =
		"{{ messages[0].tool_calls[0].function.arguments | tojson }}";
	struct chat_request r = calling(arguments);
	check(source, r, late);
	r.rules.compat = CHAT_VLLM_2026_06;
	if (early)
		check(source, r, early);
	else
		check_refused(source, r, ERR_INVALID);
}

static void arguments_become_an_object(void **state)
{
	(void)state;
	check_arguments("\"{\\\"b\\\":1.0,\\\"a\\\":1e5}\"",
			"{\"b\": 1.0, \"a\": 100000.0}",
			"{\"b\": 1.0, \"a\": 100000.0}");
	check_arguments("{\"a\":[]}", "{\"a\": []}", "{\"a\": []}");
	check_arguments("\"\"", "{}", "{}");
	check_arguments("null", "{}", "{}");
	check_arguments("{}", "{}", "{}");
}

static void arguments_that_are_no_object_depend_on_the_engine(void **state)
{
	(void)state;
	check_arguments("\"[1]\"", "{}", "[1]");
	check_arguments("\"42\"", "{}", "42");
	check_arguments("\"{\"", "{}", NULL);
	check_arguments("7", "{}", "7");
}

static void fields_that_templates_know_are_kept(void **state)
{
	(void)state;
	check(SHOW,
	      request_of("[{\"foo\":1,\"task\":\"t\",\"name\":\"n\",\"role\":"
			 "\"user\",\"content\":\"c\",\"tool_call_id\":\"i\"}]",
			 NULL),
	      "[{\"role\": \"user\", \"content\": \"c\", \"name\": \"n\", "
	      "\"task\": \"t\"}]");
	check(SHOW,
	      request_of("[{\"role\":\"tool\",\"content\":\"c\",\"name\":7,"
			 "\"tool_call_id\":\"i\"}]",
			 NULL),
	      "[{\"role\": \"tool\", \"content\": \"c\", \"tool_call_id\": "
	      "\"i\"}]");
}

static void reasoning_has_two_names(void **state)
{
	(void)state;
	check(SHOW,
	      request_of("[{\"role\":\"assistant\",\"reasoning\":\"a\","
			 "\"reasoning_content\":\"b\",\"tool_calls\":[]},"
			 "{\"role\":\"user\",\"reasoning\":\"a\"}]",
			 NULL),
	      "[{\"role\": \"assistant\", \"content\": \"\", \"reasoning\": "
	      "\"a\", \"reasoning_content\": \"a\"}, {\"role\": \"user\", "
	      "\"content\": \"\"}]");
}

static void a_developers_tools_are_in_the_schemas_order(void **state)
{
	static const char source[] = "{# 'developer' #}" SHOW;
	(void)state;
	check(source,
	      request_of("[{\"role\":\"developer\",\"content\":\"c\",\"tools\":"
			 "[{\"type\":\"function\",\"function\":{\"strict\":"
			 "true,\"name\":\"f\"}}]},{\"role\":\"developer\"}]",
			 NULL),
	      "[{\"role\": \"developer\", \"content\": \"c\", \"tools\": "
	      "[{\"function\": {\"name\": \"f\", \"strict\": true}, \"type\": "
	      "\"function\"}]}, {\"role\": \"developer\", \"content\": \"\", "
	      "\"tools\": null}]");
}

static void other_messages_are_refused(void **state)
{
	static const char *const bad[] = {
		"{}",
		"[1]",
		"[{}]",
		"[{\"role\":1}]",
		"[{\"role\":null,\"content\":\"x\"}]",
		"[{\"role\":\"assistant\",\"tool_calls\":{}}]",
		"[{\"role\":\"assistant\",\"tool_calls\":[1]}]",
		"[{\"role\":\"assistant\",\"tool_calls\":[{}]}]",
		"[{\"role\":\"assistant\",\"tool_calls\":[{\"function\":7}]}]",
		"[{\"role\":\"assistant\",\"tool_calls\":[{\"type\":\"custom\""
		",\"function\":{\"name\":\"f\"}}]}]",
		"[",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_refused(SHOW, request_of(bad[i], NULL), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tool_calls_are_in_the_schemas_order),
		cmocka_unit_test(arguments_become_an_object),
		cmocka_unit_test(
			arguments_that_are_no_object_depend_on_the_engine),
		cmocka_unit_test(fields_that_templates_know_are_kept),
		cmocka_unit_test(reasoning_has_two_names),
		cmocka_unit_test(a_developers_tools_are_in_the_schemas_order),
		cmocka_unit_test(other_messages_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
