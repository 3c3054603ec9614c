/* Content of messages in the engine's shape. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/template/chat_case.h"

static struct chat_request content_of(const char *content,
				      enum chat_content form)
{
	static char text[1024];
	snprintf(text, sizeof(text), "[{\"role\":\"user\",\"content\":%s}]",
		 content);
	struct chat_request r = request_of(text, NULL);
	r.rules.content = form;
	return r;
}

#define SHOW "{{ messages[0].content | tojson }}"

static void check_both(const char *content, const char *string,
		       const char *parts)
{
	check(SHOW, content_of(content, CHAT_STRING), string);
	check(SHOW, content_of(content, CHAT_PARTS), parts);
}

static void a_string_becomes_a_part(void **state)
{
	(void)state;
	check_both("\"a\"", "\"a\"", "[{\"type\": \"text\", \"text\": \"a\"}]");
	check_both("\"\"", "\"\"", "[{\"type\": \"text\", \"text\": \"\"}]");
	check_both("null", "\"\"", "[]");
	check_both("[]", "\"\"", "[]");
}

static void parts_are_joined_and_empty_ones_left_out(void **state)
{
	(void)state;
	check_both("[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"text\","
		   "\"text\":\"\"},\"b\"]",
		   "\"a\\nb\"",
		   "[{\"type\": \"text\", \"text\": \"a\"}, {\"type\": \"text\""
		   ", \"text\": \"\"}, {\"type\": \"text\", \"text\": \"b\"}]");
}

static void all_kinds_of_text_are_text(void **state)
{
	(void)state;
	check(SHOW,
	      content_of("[{\"type\":\"input_text\",\"text\":\"a\"},"
			 "{\"type\":\"output_text\",\"text\":\"b\"},"
			 "{\"type\":\"refusal\",\"refusal\":\"c\"},"
			 "{\"type\":\"thinking\",\"thinking\":\"d\",\"closed\":"
			 "true},{\"type\":\"text\",\"text\":null}]",
			 CHAT_STRING),
	      "\"a\\nb\\nc\\nd\"");
}

static void members_that_no_part_has_are_kept(void **state)
{
	struct chat_request r = content_of(
		"[{\"cache_control\":{\"a\":1},\"uuid\":\"u\",\"text\":\"t\","
		"\"type\":\"text\"}]",
		CHAT_PARTS);
	(void)state;
	check(SHOW, r,
	      "[{\"type\": \"text\", \"text\": \"t\", \"cache_control\": "
	      "{\"a\": 1}}]");
	r.rules.compat = CHAT_VLLM_2026_06;
	check(SHOW, r, "[{\"type\": \"text\", \"text\": \"t\"}]");
}

static void a_tools_answer_is_a_string_in_both_forms(void **state)
{
	struct chat_request r = request_of(
		"[{\"role\":\"tool\",\"content\":[{\"type\":\"text\",\"text\":"
		"\"a\"},{\"type\":\"text\",\"text\":\"\"},{\"type\":\"text\","
		"\"text\":\"b\"}]}]",
		NULL);
	(void)state;
	check(SHOW, r, "\"a\\nb\"");
	r.rules.content = CHAT_PARTS;
	check(SHOW, r, "\"a\\n\\nb\"");
}

static void a_reference_to_a_tool_stays_a_part(void **state)
{
	struct chat_request r = request_of(
		"[{\"role\":\"tool\",\"content\":[{\"type\":\"tool_reference\","
		"\"name\":\"f\"},{\"type\":\"text\",\"text\":\"b\"}]}]",
		NULL);
	(void)state;
	check(SHOW, r, "\"f\\nb\"");
	r.rules.content = CHAT_PARTS;
	check(SHOW, r,
	      "[{\"type\": \"tool_reference\", \"name\": \"f\"}, "
	      "{\"type\": \"text\", \"text\": \"b\"}]");
}

static void the_bill_of_an_agent_is_dropped(void **state)
{
	struct chat_request r = request_of(
		"[{\"role\":\"system\",\"content\":"
		"\"x-anthropic-billing-header: cch=1;\\nrest\\n\"}]",
		NULL);
	(void)state;
	check(SHOW, r, "\"rest\\n\"");
	r.rules.compat = CHAT_VLLM_2026_06;
	check(SHOW, r, "\"x-anthropic-billing-header: cch=1;\\nrest\\n\"");
	r = request_of("[{\"role\":\"system\",\"content\":["
		       "\"x-anthropic-billing-header: a\",\"b\"]}]",
		       NULL);
	check(SHOW, r, "\"b\"");
	r = request_of("[{\"role\":\"user\",\"content\":"
		       "\"x-anthropic-billing-header: a\"}]",
		       NULL);
	check(SHOW, r, "\"x-anthropic-billing-header: a\"");
}

static void other_content_is_refused(void **state)
{
	static const struct {
		const char *content;
		enum status status;
	} row[] = {
		{"1", ERR_INVALID},
		{"{}", ERR_INVALID},
		{"[1]", ERR_INVALID},
		{"[{}]", ERR_INVALID},
		{"[{\"text\":\"a\"}]", ERR_INVALID},
		{"[{\"type\":\"text\",\"text\":1}]", ERR_INVALID},
		{"[{\"type\":\"video\"}]", ERR_UNSUPPORTED},
		{"[{\"type\":7}]", ERR_UNSUPPORTED},
		{"[{\"type\":\"image_url\"}]", ERR_UNSUPPORTED},
		{"[{\"image_url\":\"u\"}]", ERR_UNSUPPORTED},
		{"[{\"type\":\"input_audio\"}]", ERR_UNSUPPORTED},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		check_refused(SHOW, content_of(row[i].content, CHAT_STRING),
			      row[i].status);
		check_refused(SHOW, content_of(row[i].content, CHAT_PARTS),
			      row[i].status);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_string_becomes_a_part),
		cmocka_unit_test(parts_are_joined_and_empty_ones_left_out),
		cmocka_unit_test(all_kinds_of_text_are_text),
		cmocka_unit_test(members_that_no_part_has_are_kept),
		cmocka_unit_test(a_tools_answer_is_a_string_in_both_forms),
		cmocka_unit_test(a_reference_to_a_tool_stays_a_part),
		cmocka_unit_test(the_bill_of_an_agent_is_dropped),
		cmocka_unit_test(other_content_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
