/* What of a request reaches mistral-common, and what the engine refuses
 * before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/template/mistral.h"

#define TOOLS "[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]"
#define SETTINGS(effort)                                                       \
	"<s>[MODEL_SETTINGS]|{\"reasoning_effort\": \"" effort                 \
	"\"}|[/MODEL_SETTINGS][INST]|a|[/INST]"

static struct mistral_model with_effort(int version)
{
	struct mistral_model m = of_version(version);
	m.effort = json_of(SLICE("{\"values\":[\"none\",\"high\"],"
				 "\"default\":\"none\"}"));
	return m;
}

static void an_answer_is_gone_on_from(void **state)
{
	struct chat_request r = says("[" ASK("a") "," TELL("b") "]");
	(void)state;
	r.continue_final_message = true;
	check_with(of_version(7), r, "<s>[INST]|a|[/INST]|b|");
	r.messages = SLICE("[" ASK("a") "]");
	refuse_with(of_version(7), r, ERR_INVALID);
	r.add_generation_prompt = true;
	r.messages = SLICE("[" ASK("a") "," TELL("b") "]");
	refuse_with(of_version(7), r, ERR_INVALID);
	r.continue_final_message = false;
	refuse_with(of_version(7), r, ERR_INVALID);
}

static void an_effort_is_set_where_the_tokenizer_has_it(void **state)
{
	struct chat_request r = says("[" ASK("a") "]");
	(void)state;
	check_with(with_effort(15), r, SETTINGS("none"));
	check_with(of_version(15), r, "<s>[INST]|a|[/INST]");
	r.reasoning_effort = SLICE("\"high\"");
	check_with(with_effort(15), r, SETTINGS("high"));
	check_with(of_version(15), r, "<s>[INST]|a|[/INST]");
	check_with(with_effort(13), r, "<s>[INST]|a|[/INST]");
	r.reasoning_effort = SLICE("null");
	check_with(with_effort(15), r, SETTINGS("none"));
}

static void another_effort_is_refused(void **state)
{
	struct chat_request r = says("[" ASK("a") "]");
	(void)state;
	r.reasoning_effort = SLICE("\"medium\"");
	refuse_with(with_effort(15), r, ERR_INVALID);
	r.reasoning_effort = SLICE("7");
	refuse_with(with_effort(15), r, ERR_INVALID);
	r.reasoning_effort = SLICE("[");
	refuse_with(with_effort(15), r, ERR_INVALID);
}

static void tools_that_are_not_to_be_used_may_be_left_out(void **state)
{
	struct chat_request r = says("[" ASK("a") "]");
	(void)state;
	r.tools = SLICE(TOOLS);
	r.exclude_tools = r.no_tool_choice = true;
	check_with(of_version(13), r, "<s>[INST]|a|[/INST]");
	r.tools = SLICE("null");
	check_with(of_version(13), r, "<s>[INST]|a|[/INST]");
}

static void messages_may_come_one_by_one(void **state)
{
	struct value one = json_of(SLICE(ASK("a")));
	struct chat_request r = {.messages = SLICE("not looked at"),
				 .parsed = &one,
				 .n_parsed = 1};
	(void)state;
	check_with(of_version(13), r, "<s>[INST]|a|[/INST]");
}

static void there_is_no_template_to_tell_things(void **state)
{
	struct chat_request r = says("[" ASK("a") "]");
	(void)state;
	r.kwargs = SLICE("{}");
	refuse_with(of_version(13), r, ERR_INVALID);
	r.kwargs = SLICE("{\"enable_thinking\":true}");
	refuse_with(of_version(13), r, ERR_INVALID);
	r.kwargs = SLICE("null");
	check_with(of_version(13), r, "<s>[INST]|a|[/INST]");
}

static void other_requests_are_refused(void **state)
{
	struct chat_request r = says("[");
	(void)state;
	refuse_with(of_version(13), r, ERR_INVALID);
	r = says("[" ASK("a") "]");
	r.tools = SLICE("[");
	refuse_with(of_version(13), r, ERR_INVALID);
	r.tools = SLICE("[{\"function\":7}]");
	refuse_with(of_version(13), r, ERR_INVALID);
	r.tools = SLICE("7");
	refuse_with(of_version(13), r, ERR_INVALID);
}

static void a_long_prompt_is_too_much(void **state)
{
	struct template_limits limits = template_default_limits();
	struct mistral_model model = of_version(13);
	struct chat_request r = says("[" ASK("abcdefghi") "]");
	struct segments to;
	struct error err;
	struct buf b;
	(void)state;
	limits.max_bytes = 20;
	buf_init(&b);
	segments_init(&to, &b, &data);
	assert_int_equal(chat_render_mistral(&model, &r, &limits, &to, &err),
			 ERR_LIMIT);
	assert_int_equal(buf_len(&b), 0);
	assert_int_equal(to.n, 0);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_gone_on_from),
		cmocka_unit_test(an_effort_is_set_where_the_tokenizer_has_it),
		cmocka_unit_test(another_effort_is_refused),
		cmocka_unit_test(tools_that_are_not_to_be_used_may_be_left_out),
		cmocka_unit_test(messages_may_come_one_by_one),
		cmocka_unit_test(there_is_no_template_to_tell_things),
		cmocka_unit_test(other_requests_are_refused),
		cmocka_unit_test(a_long_prompt_is_too_much),
	};
	arena_init(&data);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_fini(&data);
	return failed;
}
