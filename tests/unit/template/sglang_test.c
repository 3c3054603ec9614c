/* Whole requests, the way SGLang renders them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/template/passes.h"
#include "common/template/sglang.h"
#include "tests/unit/template/chat_case.h"

#define ASK  "{\"role\":\"user\",\"content\":\"a\"}"
#define TELL "{\"role\":\"assistant\",\"content\":\"b\",\"tool_calls\":[]}"
#define TOOL "{\"function\":{\"name\":\"f\"}}"
#define SHOW "{{ messages | tojson }}"
#define PICKY                                                                  \
	"{% if tools[0].function %}{{ raise_exception('no') }}{% endif %}"     \
	"{{ tools | tojson }}"

static struct chat_request says(const char *messages)
{
	struct chat_request r = request_of(messages, NULL);
	r.rules.dialect = CHAT_SGLANG;
	return r;
}

static void a_last_answer_becomes_a_users(void **state)
{
	(void)state;
	check(SHOW, says("[" ASK "," TELL "]"),
	      "[{\"role\": \"user\", \"content\": \"a\"}, {\"role\": "
	      "\"user\", \"content\": \"b\"}]");
	check(SHOW, says("[" TELL "," ASK "]"),
	      "[{\"role\": \"assistant\", \"content\": \"b\", \"tool_calls\": "
	      "[]}, {\"role\": \"user\", \"content\": \"a\"}]");
	check(SHOW, says("[]"), "[]");
}

static void an_answer_gone_on_from_stands_behind_the_prompt(void **state)
{
	struct chat_request r = says("[" ASK "," TELL "]");
	(void)state;
	r.continue_final_message = true;
	r.add_generation_prompt = false;
	check("{{ messages | length }}{{ add_generation_prompt }}:", r,
	      "1True:b");
	r.messages = SLICE("[" ASK "]");
	check("{{ messages | length }}{{ add_generation_prompt }}:", r,
	      "1True:");
}

static void an_answer_in_parts_stays(void **state)
{
	struct chat_request r = says(
		"[{\"role\":\"assistant\",\"content\":[{\"type\":\"text\","
		"\"text\":\"a\"}]}]");
	(void)state;
	r.rules.content = CHAT_PARTS;
	r.continue_final_message = true;
	check(SHOW, r,
	      "[{\"role\": \"assistant\", \"content\": [{\"type\": \"text\", "
	      "\"text\": \"a\"}]}]");
}

static void a_template_that_fails_gets_bare_functions(void **state)
{
	struct chat_request r = says("[" ASK "]");
	(void)state;
	r.tools = SLICE("[" TOOL "]");
	check(PICKY, r,
	      "[{\"description\": null, \"name\": \"f\", \"parameters\": null, "
	      "\"strict\": false}]");
}

static void messages_may_come_one_by_one(void **state)
{
	struct chat_request r = says("not looked at");
	struct passes passes = {0};
	struct value one;
	struct error err;
	struct arena arena;
	(void)state;
	arena_init(&arena);
	assert_int_equal(
		chat_message(SLICE(TELL), &r.rules, &arena, &one, &err), OK);
	r.parsed = &one;
	r.n_parsed = 1;
	r.passes = &passes;
	check(SHOW, r, "[{\"role\": \"user\", \"content\": \"b\"}]");
	assert_int_equal(passes.same, 0);
	assert_true(value_is(*dict_find_text(one.dict, SLICE("role")),
			     "assistant"));
	passes_fini(&passes);
	arena_fini(&arena);
}

static void a_template_that_fails_twice_refuses(void **state)
{
	struct chat_request r = says("[" ASK "]");
	(void)state;
	check_refused("{{ raise_exception('no') }}", r, ERR_INVALID);
	r.tools = SLICE("[" TOOL "]");
	check_refused("{{ raise_exception('no') }}", r, ERR_INVALID);
}

static void malformed_requests_are_refused(void **state)
{
	struct chat_request r = says("{}");
	(void)state;
	check_refused(SHOW, r, ERR_INVALID);
	check_refused(SHOW, says("["), ERR_INVALID);
	check_refused(SHOW, says("[7]"), ERR_INVALID);
	r = says("[" ASK "]");
	r.tools = SLICE("7");
	check_refused(SHOW, r, ERR_INVALID);
}

static void media_are_not_placed(void **state)
{
	(void)state;
	struct chat_request r = says("[" ASK "]");
	refuse_case(SHOW, &r, true, ERR_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_last_answer_becomes_a_users),
		cmocka_unit_test(
			an_answer_gone_on_from_stands_behind_the_prompt),
		cmocka_unit_test(an_answer_in_parts_stays),
		cmocka_unit_test(a_template_that_fails_gets_bare_functions),
		cmocka_unit_test(messages_may_come_one_by_one),
		cmocka_unit_test(a_template_that_fails_twice_refuses),
		cmocka_unit_test(malformed_requests_are_refused),
		cmocka_unit_test(media_are_not_placed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
