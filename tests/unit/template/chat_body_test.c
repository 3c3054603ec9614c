/* A request's body to the fields that its prompt depends on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/template/chat_body.h"

static struct chat_request parsed(const char *body)
{
	struct chat_request r = {0};
	struct error err = {0};
	assert_int_equal(chat_body_parse(slice_of(body), &r, &err), OK);
	return r;
}

static void check_refused(const char *body, enum status want, const char *says)
{
	struct chat_request r = {.continue_final_message = true};
	struct error err = {0};
	assert_int_equal(chat_body_parse(slice_of(body), &r, &err), want);
	assert_non_null(strstr(err.text, says));
	/* As it was. */
	assert_true(r.continue_final_message);
	assert_null(r.messages.p);
}

static bool is(struct slice s, const char *want)
{
	return slice_equal(s, slice_of(want));
}

static void members_are_taken_as_they_stand(void **state)
{
	(void)state;
	struct chat_request r = parsed(
		"{\"model\":\"m\", \"messages\" : [ {} ],\"tools\":[1],"
		"\"chat_template_kwargs\":{\"a\":1},\"stream\":true,"
		"\"documents\":[2],\"reasoning_effort\":\"low\","
		"\"chat_template\":null}");
	assert_true(is(r.messages, "[ {} ]"));
	assert_true(is(r.tools, "[1]"));
	assert_true(is(r.kwargs, "{\"a\":1}"));
	assert_true(is(r.documents, "[2]"));
	assert_true(is(r.reasoning_effort, "\"low\""));
	assert_false(r.no_tool_choice);
	assert_true(r.add_generation_prompt);
	assert_false(r.continue_final_message);
}

static void what_is_absent_is_the_apis_default(void **state)
{
	struct chat_request r = {.tools = SLICE("old"),
				 .continue_final_message = true};
	struct error err = {0};
	(void)state;
	assert_int_equal(chat_body_parse(SLICE("{\"messages\":[]}"), &r, &err),
			 OK);
	assert_null(r.tools.p);
	assert_null(r.kwargs.p);
	assert_true(r.add_generation_prompt);
	assert_false(r.continue_final_message);
}

static void switches_are_read(void **state)
{
	(void)state;
	struct chat_request r = parsed(
		"{\"messages\":[],\"add_generation_prompt\":false,"
		"\"continue_final_message\":true}");
	assert_false(r.add_generation_prompt);
	assert_true(r.continue_final_message);
}

static void the_last_of_repeated_members_counts(void **state)
{
	(void)state;
	struct chat_request r = parsed(
		"{\"messages\":[1],\"m\\u0065ssages\":[2]}");
	assert_true(is(r.messages, "[2]"));
}

static void other_bodies_are_refused(void **state)
{
	char deep[400] = "{\"messages\":";
	(void)state;
	check_refused("", ERR_INVALID, "byte 0");
	check_refused("[]", ERR_INVALID, "byte 0");
	check_refused("{}", ERR_INVALID, "messages is missing");
	check_refused("{\"messages\":[]", ERR_INVALID, "byte");
	check_refused("{\"messages\":[]} x", ERR_INVALID, "byte");
	check_refused("{\"messages\":[],\"add_generation_prompt\":1}",
		      ERR_INVALID, "add_generation_prompt");
	check_refused("{\"messages\":[],\"continue_final_message\":null}",
		      ERR_INVALID, "continue_final_message");
	check_refused("{\"messages\":[],\"chat_template\":\"x\"}",
		      ERR_UNSUPPORTED, "chat_template");
	memset(deep + strlen(deep), '[', 200);
	check_refused(deep, ERR_LIMIT, "byte");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_taken_as_they_stand),
		cmocka_unit_test(what_is_absent_is_the_apis_default),
		cmocka_unit_test(switches_are_read),
		cmocka_unit_test(the_last_of_repeated_members_counts),
		cmocka_unit_test(other_bodies_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
