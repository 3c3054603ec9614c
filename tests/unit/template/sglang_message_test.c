/* Messages in the shape of SGLang's schemas. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/template/json_text.h"
#include "common/template/sglang.h"
#include "tests/unit/template/data.h"

static enum status shaped(enum chat_content content, const char *raw,
			  struct value *out)
{
	struct chat_rules rules = {
		.content = content,
		.compat = CHAT_VLLM_2026_06,
		.dialect = CHAT_SGLANG,
	};
	struct error err = {0};
	enum status status = sglang_message(json_of(slice_of(raw)), &rules,
					    &data, out, &err);
	assert_true((status == OK) == (err.text[0] == '\0'));
	return status;
}

static void check(enum chat_content content, const char *raw, const char *want)
{
	struct value v;
	struct buf b;
	assert_int_equal(shaped(content, raw, &v), OK);
	buf_init(&b);
	json_text_value(&b, v, &json_style_python);
	check_text(buf_slice(&b), slice_of(want));
	buf_fini(&b);
}

static void refuse(const char *raw)
{
	struct value v;
	assert_int_equal(shaped(CHAT_PARTS, raw, &v), ERR_INVALID);
}

static void fields_stand_in_order_and_none_is_null(void **state)
{
	(void)state;
	check(CHAT_STRING,
	      "{\"x\":1,\"tools\":null,\"tool_calls\":null,\"name\":\"n\","
	      "\"reasoning_content\":\"r\",\"tool_call_id\":\"i\",\"content\":"
	      "null,\"role\":\"Tool\"}",
	      "{\"role\": \"tool\", \"content\": \"\", \"tool_call_id\": "
	      "\"i\", \"name\": \"n\", \"reasoning_content\": \"r\"}");
	check(CHAT_PARTS, "{\"role\":\"user\",\"name\":\"n\",\"content\":\"\"}",
	      "{\"role\": \"user\", \"content\": \"\"}");
}

static void texts_are_joined_by_a_blank(void **state)
{
	static const char parts[] =
		"{\"role\":\"assistant\",\"content\":[{\"type\":\"text\","
		"\"text\":\"a\"},{\"type\":\"text\",\"text\":\"\"},{\"type\":"
		"\"thinking\",\"thinking\":\"t\"},{\"type\":\"text\",\"text\":"
		"\"b\"}],\"name\":\"n\"}";
	(void)state;
	check(CHAT_STRING, parts,
	      "{\"role\": \"assistant\", \"content\": \"a  b\", \"name\": "
	      "\"n\"}");
	check(CHAT_PARTS, parts,
	      "{\"role\": \"assistant\", \"name\": \"n\", \"content\": "
	      "[{\"type\": \"text\", \"text\": \"a\"}, {\"type\": \"text\", "
	      "\"text\": \"\"}, {\"type\": \"text\", \"text\": \"b\"}]}");
	check(CHAT_STRING, "{\"role\":\"user\",\"content\":[]}",
	      "{\"role\": \"user\", \"content\": \"\"}");
}

static void a_tools_texts_are_joined_too(void **state)
{
	(void)state;
	check(CHAT_PARTS,
	      "{\"role\":\"tool\",\"content\":[{\"type\":\"text\",\"text\":"
	      "\"a\"},{\"type\":\"text\",\"text\":\"b\"}]}",
	      "{\"role\": \"tool\", \"content\": \"a b\"}");
	check(CHAT_PARTS,
	      "{\"role\":\"tool\",\"content\":[{\"type\":\"tool_reference\","
	      "\"name\":\"f\"}]}",
	      "{\"role\": \"tool\", \"content\": [{\"type\": "
	      "\"tool_reference\", \"name\": \"f\"}]}");
}

static void calls_have_all_their_fields(void **state)
{
	(void)state;
	check(CHAT_STRING,
	      "{\"role\":\"assistant\",\"tool_calls\":[{\"x\":1,\"function\":{"
	      "\"arguments\":\"{\\\"a\\\":1}\",\"name\":\"f\",\"y\":2},\"id\":"
	      "\"i\",\"index\":3},{\"function\":{}}]}",
	      "{\"role\": \"assistant\", \"content\": \"\", \"tool_calls\": "
	      "[{\"id\": \"i\", \"index\": 3, \"type\": \"function\", "
	      "\"function\": {\"name\": \"f\", \"arguments\": {\"a\": 1}}}, "
	      "{\"id\": null, \"index\": null, \"type\": \"function\", "
	      "\"function\": {\"name\": null, \"arguments\": null}}]}");
	check(CHAT_STRING,
	      "{\"role\":\"system\",\"tool_calls\":[{\"function\":{"
	      "\"arguments\":\"no\"}}],\"tools\":[{\"function\":{\"name\":"
	      "\"f\"}}]}",
	      "{\"role\": \"system\", \"content\": \"\", \"tool_calls\": "
	      "[{\"id\": null, \"index\": null, \"type\": \"function\", "
	      "\"function\": {\"name\": null, \"arguments\": \"no\"}}], "
	      "\"tools\": [{\"type\": \"function\", \"function\": "
	      "{\"description\": null, \"name\": \"f\", \"parameters\": null, "
	      "\"strict\": false}}]}");
}

static void what_breaks_the_schema_is_refused(void **state)
{
	static const char *const bad[] = {
		"7",
		"{\"content\":\"a\"}",
		"{\"role\":7}",
		"{\"role\":\"critic\"}",
		"{\"role\":\"USER\",\"content\":\"a\"}",
		"{\"role\":\"user\"}",
		"{\"role\":\"user\",\"content\":null}",
		"{\"role\":\"user\",\"content\":7}",
		"{\"role\":\"user\",\"content\":[\"a\"]}",
		"{\"role\":\"user\",\"content\":[{\"text\":\"a\"}]}",
		"{\"role\":\"user\",\"content\":[{\"type\":\"text\"}]}",
		"{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":"
		"7}]}",
		"{\"role\":\"user\",\"content\":[{\"type\":\"refusal\","
		"\"refusal\":\"a\"}]}",
		"{\"role\":\"user\",\"content\":[{\"type\":\"thinking\","
		"\"thinking\":\"a\"}]}",
		"{\"role\":\"tool\",\"tool_call_id\":7}",
		"{\"role\":\"system\",\"name\":[]}",
		"{\"role\":\"system\",\"tools\":7}",
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		refuse(bad[i]);
}

static void malformed_calls_are_refused(void **state)
{
	static const char *const bad[] = {
		"7",
		"[7]",
		"[{}]",
		"[{\"function\":7}]",
		"[{\"function\":{},\"id\":7}]",
		"[{\"function\":{},\"type\":\"x\"}]",
		"[{\"function\":{},\"index\":\"1\"}]",
		"[{\"function\":{\"name\":7}}]",
		"[{\"function\":{\"arguments\":7}}]",
		"[{\"function\":{\"arguments\":\"\"}}]",
		"[{\"function\":{\"arguments\":\"[]\"}}]",
		"[{\"function\":{\"arguments\":\"{\"}}]",
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		refuse(arena_printf(&data,
				    "{\"role\":\"assistant\",\"tool_calls\":%s"
				    "}",
				    bad[i]));
}

static void pictures_are_not_rendered(void **state)
{
	struct value v;
	(void)state;
	assert_int_equal(shaped(CHAT_PARTS,
				"{\"role\":\"user\",\"content\":[{\"type\":"
				"\"image_url\"}]}",
				&v),
			 ERR_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_stand_in_order_and_none_is_null),
		cmocka_unit_test(texts_are_joined_by_a_blank),
		cmocka_unit_test(a_tools_texts_are_joined_too),
		cmocka_unit_test(calls_have_all_their_fields),
		cmocka_unit_test(what_breaks_the_schema_is_refused),
		cmocka_unit_test(malformed_calls_are_refused),
		cmocka_unit_test(pictures_are_not_rendered),
	};
	arena_init(&data);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_fini(&data);
	return failed;
}
