/* What of a request reaches the encoders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/template/deepseek.h"

static void kwargs_of_the_server_count(void **state)
{
	struct chat_request r = says("[" ASK("a") "]");
	(void)state;
	r.rules.compat = CHAT_VLLM_2026_06;
	r.default_kwargs = SLICE("{\"enable_thinking\":true}");
	check_prompt(DEEPSEEK_V32, r, "<｜User｜>a<｜Assistant｜><think>");
	check_prompt(DEEPSEEK_V4, r, "<｜User｜>a<｜Assistant｜><think>");
	r.kwargs = SLICE("{\"enable_thinking\":false}");
	check_prompt(DEEPSEEK_V32, r, "<｜User｜>a<｜Assistant｜></think>");
}

static void parts_are_joined(void **state)
{
	struct chat_request r = says(
		"[{\"role\":\"user\",\"content\":[\"a\",{\"type\":"
		"\"text\",\"text\":\"b\"}]}]");
	(void)state;
	r.rules.compat = CHAT_VLLM_2026_06;
	check_prompt(DEEPSEEK_V4, r, "<｜User｜>a\nb<｜Assistant｜></think>");
}

static void messages_may_come_one_by_one(void **state)
{
	struct chat_rules rules = {.content = CHAT_STRING};
	struct chat_request r = {.messages = SLICE("not looked at")};
	struct error err;
	struct value one;
	(void)state;
	assert_int_equal(
		chat_message(SLICE(ASK("a")), &rules, &data, &one, &err), OK);
	r.parsed = &one;
	r.n_parsed = 1;
	check_prompt(DEEPSEEK_V32, r, "<｜User｜>a<｜Assistant｜></think>");
}

static void other_requests_are_refused(void **state)
{
	struct chat_request r = says("[" ASK("a") "]");
	(void)state;
	r.kwargs = SLICE("{\"tokenize\":true}");
	check_refused(DEEPSEEK_V32, r);
	r.kwargs = SLICE("{\"messages\":[]}");
	check_refused(DEEPSEEK_V4, r);
	r.kwargs = SLICE("[]");
	check_refused(DEEPSEEK_V4, r);
	r.kwargs = (struct slice){NULL, 0};
	r.tools = SLICE("{}");
	check_refused(DEEPSEEK_V4, r);
	check_refused(DEEPSEEK_V4, says("["));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kwargs_of_the_server_count),
		cmocka_unit_test(parts_are_joined),
		cmocka_unit_test(messages_may_come_one_by_one),
		cmocka_unit_test(other_requests_are_refused),
	};
	arena_init(&data);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_fini(&data);
	return failed;
}
