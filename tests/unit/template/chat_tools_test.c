/* Tools as the engine dumps them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/template/chat_case.h"

#define SHOW "{{ tools | tojson }}"

static struct chat_request with(const char *tools, enum chat_compat compat)
{
	struct chat_request r = request_of("[]", tools);
	r.rules.compat = compat;
	return r;
}

static void check_tools(const char *tools, const char *late, const char *early)
{
	check(SHOW, with(tools, CHAT_VLLM_2026_08), late);
	check(SHOW, with(tools, CHAT_VLLM_2026_06), early);
}

static void tools_have_nulls_where_nothing_was_said(void **state)
{
	static const char want[] =
		"[{\"type\": \"function\", \"function\": {\"name\": \"f\", "
		"\"description\": null, \"parameters\": null, \"strict\": "
		"true}}]";
	(void)state;
	check_tools("[{\"function\":{\"strict\":true,\"name\":\"f\"}}]", want,
		    want);
}

static void what_is_not_declared_was_kept_once(void **state)
{
	(void)state;
	check_tools("[{\"x\":1,\"type\":\"function\",\"function\":{\"y\":2,"
		    "\"name\":\"f\",\"description\":\"d\",\"parameters\":{"
		    "\"z\":3}}}]",
		    "[{\"type\": \"function\", \"function\": {\"name\": \"f\", "
		    "\"description\": \"d\", \"parameters\": {\"z\": 3}}}]",
		    "[{\"type\": \"function\", \"function\": {\"name\": \"f\", "
		    "\"description\": \"d\", \"parameters\": {\"z\": 3}, "
		    "\"y\": 2}, \"x\": 1}]");
}

static void deferred_loading_is_told_at_both_places(void **state)
{
	(void)state;
	check(SHOW,
	      with("[{\"defer_loading\":true,\"function\":{\"name\":\"f\"}}]",
		   CHAT_VLLM_2026_08),
	      "[{\"type\": \"function\", \"function\": {\"name\": \"f\", "
	      "\"description\": null, \"parameters\": null, "
	      "\"defer_loading\": true}, \"defer_loading\": true}]");
}

static void no_tools_are_none(void **state)
{
	(void)state;
	check_tools("null", "null", "null");
	check(SHOW, with("[]", CHAT_VLLM_2026_06), "[]");
	check_refused(SHOW, with("[]", CHAT_VLLM_2026_08), ERR_INVALID);
}

static void a_choice_of_none_may_leave_them_out(void **state)
{
	struct chat_request r = with("[{\"function\":{\"name\":\"f\"}}]",
				     CHAT_VLLM_2026_08);
	(void)state;
	r.no_tool_choice = true;
	check("{{ tools is none }}", r, "False");
	r.exclude_tools = true;
	check("{{ tools is none }}", r, "True");
	r.no_tool_choice = false;
	check("{{ tools is none }}", r, "False");
}

static void other_tools_are_refused(void **state)
{
	static const char *const bad[] = {
		"{}",
		"\"x\"",
		"[1]",
		"[{}]",
		"[{\"function\":1}]",
		"[{\"function\":{}}]",
		"[{\"function\":{\"name\":1}}]",
		"[{\"function\":{\"name\":\"f\",\"parameters\":[]}}]",
		"[{\"type\":\"custom\",\"function\":{\"name\":\"f\"}}]",
		"[",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		check_refused(SHOW, with(bad[i], CHAT_VLLM_2026_08),
			      ERR_INVALID);
		check_refused(SHOW, with(bad[i], CHAT_VLLM_2026_06),
			      ERR_INVALID);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tools_have_nulls_where_nothing_was_said),
		cmocka_unit_test(what_is_not_declared_was_kept_once),
		cmocka_unit_test(deferred_loading_is_told_at_both_places),
		cmocka_unit_test(no_tools_are_none),
		cmocka_unit_test(a_choice_of_none_may_leave_them_out),
		cmocka_unit_test(other_tools_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
