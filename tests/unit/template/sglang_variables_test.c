/* What SGLang's templates are given beside the messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/template/json_text.h"
#include "common/template/sglang.h"
#include "tests/unit/template/data.h"

#define TOOLS                                                                  \
	"[{\"function\":{\"name\":\"f\",\"description\":\"d\"}},"              \
	"{\"type\":\"function\",\"function\":{\"name\":\"g\",\"strict\":true," \
	"\"x\":1},\"defer_loading\":true,\"y\":2}]"

static enum status run(struct chat_request r, struct dict **out)
{
	struct error err = {0};
	enum status status = sglang_variables(&r, &data, out, &err);
	assert_true((status == OK) == (err.text[0] == '\0'));
	return status;
}

static void check(struct chat_request r, const char *want)
{
	struct dict *d;
	struct buf b;
	assert_int_equal(run(r, &d), OK);
	buf_init(&b);
	json_text_value(&b, (struct value){.type = VALUE_DICT, .dict = d},
			&json_style_python);
	check_text(buf_slice(&b), slice_of(want));
	buf_fini(&b);
}

static void refuse(struct chat_request r)
{
	struct dict *d;
	assert_int_equal(run(r, &d), ERR_INVALID);
}

static void nothing_is_filtered(void **state)
{
	struct chat_request r = {
		.kwargs = SLICE("{\"a\":null,\"documents\":[1]}")};
	struct value tokens = json_of(SLICE("{\"bos_token\":\"<s>\"}"));
	(void)state;
	r.special_tokens = tokens.dict;
	check(r, "{\"bos_token\": \"<s>\", \"documents\": [1], \"a\": null, "
		 "\"tools\": null, \"add_generation_prompt\": true}");
}

static void an_effort_decides_whether_to_think(void **state)
{
	struct chat_request r = {.reasoning_effort = SLICE("\"none\"")};
	(void)state;
	check(r, "{\"documents\": null, \"reasoning_effort\": \"none\", "
		 "\"thinking\": false, \"enable_thinking\": false, \"tools\": "
		 "null, \"add_generation_prompt\": true}");
	r.reasoning_effort = SLICE("0.5");
	r.kwargs = SLICE("{\"enable_thinking\":false}");
	check(r, "{\"documents\": null, \"reasoning_effort\": 0.5, "
		 "\"enable_thinking\": false, \"thinking\": true, \"tools\": "
		 "null, \"add_generation_prompt\": true}");
}

static void tools_are_dumped(void **state)
{
	struct chat_request r = {.tools = SLICE(TOOLS)};
	(void)state;
	check(r, "{\"documents\": null, \"tools\": [{\"type\": \"function\", "
		 "\"function\": {\"description\": \"d\", \"name\": \"f\", "
		 "\"parameters\": null, \"strict\": false}, \"defer_loading\": "
		 "null}, {\"type\": \"function\", \"function\": "
		 "{\"description\": null, \"name\": \"g\", \"parameters\": "
		 "null, \"strict\": true, \"defer_loading\": true}, "
		 "\"defer_loading\": true}], \"add_generation_prompt\": true}");
}

static void a_choice_leaves_some_tools_out(void **state)
{
	struct chat_request r = {
		.tools = SLICE(TOOLS),
		.tool_choice = SLICE("{\"function\":{\"name\":\"f\"}}"),
		.rules.compat = CHAT_VLLM_2026_06,
	};
	(void)state;
	check(r, "{\"documents\": null, \"tools\": [{\"type\": \"function\", "
		 "\"function\": {\"description\": \"d\", \"name\": \"f\", "
		 "\"parameters\": null, \"strict\": false}}], "
		 "\"add_generation_prompt\": true}");
	r.tool_choice = SLICE("\"none\"");
	r.no_tool_choice = true;
	check(r, "{\"documents\": null, \"tools\": null, "
		 "\"add_generation_prompt\": true}");
	r.no_tool_choice = false;
	r.tools = SLICE("[]");
	check(r, "{\"documents\": null, \"tools\": null, "
		 "\"add_generation_prompt\": true}");
}

static void names_of_the_library_are_refused(void **state)
{
	static const char *const bad[] = {
		"conversation", "chat_template",
		"tokenize",     "return_dict",
		"tools",        "add_generation_prompt",
		"messages",     "continue_final_message",
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		refuse((struct chat_request){
			.kwargs = slice_of(
				arena_printf(&data, "{\"%s\":1}", bad[i]))});
}

static void malformed_tools_are_refused(void **state)
{
	static const char *const bad[] = {
		"7",
		"[7]",
		"[{}]",
		"[{\"function\":7}]",
		"[{\"function\":{}}]",
		"[{\"function\":{\"name\":7}}]",
		"[{\"function\":{\"name\":\"f\",\"description\":7}}]",
		"[{\"function\":{\"name\":\"f\",\"strict\":null}}]",
		"[{\"function\":{\"name\":\"f\"},\"type\":7}]",
		"[",
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		refuse((struct chat_request){.tools = slice_of(bad[i])});
}

static void malformed_fields_are_refused(void **state)
{
	(void)state;
	refuse((struct chat_request){.kwargs = SLICE("[]")});
	refuse((struct chat_request){.kwargs = SLICE("{")});
	refuse((struct chat_request){.reasoning_effort = SLICE("{")});
	refuse((struct chat_request){.tool_choice = SLICE("{")});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_filtered),
		cmocka_unit_test(an_effort_decides_whether_to_think),
		cmocka_unit_test(tools_are_dumped),
		cmocka_unit_test(a_choice_leaves_some_tools_out),
		cmocka_unit_test(names_of_the_library_are_refused),
		cmocka_unit_test(malformed_tools_are_refused),
		cmocka_unit_test(malformed_fields_are_refused),
	};
	arena_init(&data);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_fini(&data);
	return failed;
}
