/* The variables of a template besides its messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/template/chat_case.h"

static struct chat_request with(const char *kwargs)
{
	struct chat_request r = request_of("[]", NULL);
	r.kwargs = slice_of(kwargs);
	return r;
}

static void kwargs_are_variables(void **state)
{
	(void)state;
	check("{{ a }}{{ b is defined }}", with("{\"a\":[1],\"c\":2}"),
	      "[1]False");
	check("{{ a is defined }}", with("null"), "False");
}

static void null_and_auto_say_nothing(void **state)
{
	struct chat_request r = with(
		"{\"a\":null,\"b\":\"auto\",\"c\":\"Auto\"}");
	(void)state;
	check("{{ a }}{{ b }}{{ c }}", r, "Auto");
	r.default_kwargs = SLICE("{\"a\":1,\"b\":2,\"c\":3,\"d\":null}");
	check("{{ a }}{{ b }}{{ c }}{{ d is none }}", r, "12AutoTrue");
}

static void the_requests_own_fields_win(void **state)
{
	struct chat_request r = with(
		"{\"add_generation_prompt\":false,\"documents\":[1],"
		"\"reasoning_effort\":\"low\"}");
	(void)state;
	check("{{ add_generation_prompt }}{{ documents }}"
	      "{{ reasoning_effort }}",
	      r, "True[1]low");
	r.documents = SLICE("[{\"title\":\"t\"}]");
	r.reasoning_effort = SLICE("\"high\"");
	check("{{ documents | tojson }}{{ reasoning_effort }}", r,
	      "[{\"title\": \"t\"}]high");
}

static void effort_switches_thinking(void **state)
{
	struct chat_request r = with("{}");
	(void)state;
	check("{{ enable_thinking is defined }}", r, "False");
	r.reasoning_effort = SLICE("\"none\"");
	check("{{ enable_thinking }}", r, "False");
	r.reasoning_effort = SLICE("\"low\"");
	check("{{ enable_thinking }}", r, "True");
	r.default_kwargs = SLICE("{\"enable_thinking\":false}");
	check("{{ enable_thinking }}", r, "True");
	r.kwargs = SLICE("{\"enable_thinking\":false}");
	check("{{ enable_thinking }}", r, "False");
	/* Said, although it says nothing. */
	r.kwargs = SLICE("{\"enable_thinking\":null}");
	check("{{ enable_thinking }}", r, "False");
}

static void without_documents_and_tools_they_are_none(void **state)
{
	(void)state;
	check("{{ documents }}{{ tools }}", with("{\"documents\":null}"),
	      "NoneNone");
}

static void tools_may_come_as_kwargs(void **state)
{
	struct chat_request r = with("{\"tools\":[\"x\"]}");
	(void)state;
	check("{{ tools }}", r, "['x']");
	r.tools = SLICE("[{\"function\":{\"name\":\"f\"}}]");
	check("{{ tools }}", r, "['x']");
	r.kwargs = SLICE("{\"tools\":null}");
	check("{{ tools[0].function.name }}", r, "f");
}

static void parameters_of_the_renderer_stay_out(void **state)
{
	(void)state;
	check("{{ max_length is defined }}{{ padding is defined }}",
	      with("{\"max_length\":1,\"padding\":true}"), "FalseFalse");
}

static void special_tokens_are_under_kwargs(void **state)
{
	struct arena arena;
	arena_init(&arena);
	struct value special = value_dict(&arena);
	struct chat_request r = with("{\"eos_token\":\"E\"}");
	(void)state;
	dict_set_text(special.dict, "bos_token", value_text("b"));
	dict_set_text(special.dict, "eos_token", value_text("e"));
	r.special_tokens = special.dict;
	check("{{ bos_token }}{{ eos_token }}", r, "bE");
	arena_fini(&arena);
}

static void names_of_the_engine_are_refused(void **state)
{
	(void)state;
	check_refused("x", with("{\"chat_template\":\"x\"}"), ERR_INVALID);
	check_refused("x", with("{\"tokenize\":false}"), ERR_INVALID);
	check_refused("{{ messages }}", with("{\"messages\":[]}"), ERR_INVALID);
	check("x", with("{\"messages\":[],\"tokenize\":null}"), "x");
}

static void other_values_are_refused(void **state)
{
	struct chat_request r = with("[]");
	(void)state;
	check_refused("x", r, ERR_INVALID);
	r = with("{");
	check_refused("x", r, ERR_INVALID);
	r = with("{}");
	r.documents = SLICE("{}");
	check_refused("x", r, ERR_INVALID);
	r = with("{}");
	r.reasoning_effort = SLICE("1");
	check_refused("x", r, ERR_INVALID);
	r = with("{}");
	r.default_kwargs = SLICE("1");
	check_refused("x", r, ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kwargs_are_variables),
		cmocka_unit_test(null_and_auto_say_nothing),
		cmocka_unit_test(the_requests_own_fields_win),
		cmocka_unit_test(effort_switches_thinking),
		cmocka_unit_test(without_documents_and_tools_they_are_none),
		cmocka_unit_test(tools_may_come_as_kwargs),
		cmocka_unit_test(parameters_of_the_renderer_stay_out),
		cmocka_unit_test(special_tokens_are_under_kwargs),
		cmocka_unit_test(names_of_the_engine_are_refused),
		cmocka_unit_test(other_values_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
