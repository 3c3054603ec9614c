#include "router/api/finish.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void tells(const char *json, enum api_kind kind, enum api_finish wanted)
{
	enum api_finish f = api_finish_read(slice_of(json), kind);

	if (f != wanted)
		fail_msg("%s gave %d, not %d", json, (int)f, (int)wanted);
}

static void the_words_of_every_dialect_are_known(void **state)
{
	static const struct {
		const char *word;
		enum api_finish finish;
	} known[] = {
		{"stop", API_FINISH_STOP},
		{"end_turn", API_FINISH_STOP},
		{"stop_sequence", API_FINISH_STOP},
		{"length", API_FINISH_LENGTH},
		{"max_tokens", API_FINISH_LENGTH},
		{"tool_calls", API_FINISH_TOOL_CALLS},
		{"function_call", API_FINISH_TOOL_CALLS},
		{"tool_use", API_FINISH_TOOL_CALLS},
		{"content_filter", API_FINISH_CONTENT_FILTER},
		{"refusal", API_FINISH_CONTENT_FILTER},
		{"completed", API_FINISH_STOP},
		{"incomplete", API_FINISH_LENGTH},
		{"failed", API_FINISH_OTHER},
		{"abort", API_FINISH_OTHER},
		{"STOP", API_FINISH_OTHER},
		{"stopped", API_FINISH_OTHER},
		{"", API_FINISH_UNTOLD},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		assert_int_equal(api_finish_of(slice_of(known[i].word)),
				 known[i].finish);
}

static void the_last_choice_of_an_answer_is_read(void **state)
{
	(void)state;
	tells("{\"choices\":[{\"finish_reason\":\"stop\"},{\"text\":\"a\","
	      "\"finish_reason\":\"length\",\"stop_reason\":null}],\"usage\":"
	      "{\"prompt_tokens\":9}}",
	      API_COMPLETION, API_FINISH_LENGTH);
	tells("{\"choices\": [{\"finish_reason\" : \"tool_calls\"}]}", API_CHAT,
	      API_FINISH_TOOL_CALLS);
	tells("{\"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"usage\":"
	      "{\"input_tokens\":1}}",
	      API_MESSAGES, API_FINISH_STOP);
	tells("{\"output\":[{\"status\":\"completed\"}],\"status\":"
	      "\"incomplete\","
	      "\"usage\":{\"input_tokens\":1}}",
	      API_RESPONSES, API_FINISH_LENGTH);
	/* The end of a long one. */
	tells("ld\"},\"finish_reason\":\"stop\"}]}", API_CHAT, API_FINISH_STOP);
}

static void what_tells_no_reason_tells_none(void **state)
{
	static const char *const json[] = {
		"",
		"{}",
		"not JSON",
		"\"finish_reason\"",
		"\"finish_reason\":",
		"\"finish_reason\" ",
		"{\"finish_reason\":null}",
		"{\"finish_reason\":7}",
		"{\"finish_reason\":\"\"}",
		"{\"finish_reason\":\"stop",
		"{\"text\":\"\\\"finish_reason\\\":\\\"stop\\\"\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(json); i++)
		tells(json[i], API_CHAT, API_FINISH_UNTOLD);
	tells("{\"finish_reason\":\"stop\"}", API_MESSAGES, API_FINISH_UNTOLD);
	tells("{\"stop_reason\":\"stop\"}", API_CHAT, API_FINISH_UNTOLD);
	tells("{\"finish_reason\":\"stop\"}", API_PASS, API_FINISH_UNTOLD);
	tells("{\"finish_reason\":\"stop\"}", API_RESPONSES, API_FINISH_UNTOLD);
}

static enum api_finish of_stream(const char *text, enum api_kind kind)
{
	enum api_finish f;
	struct sse s;

	sse_init(&s, 4096);
	sse_note_finish(&s);
	sse_feed(&s, slice_of(text));
	f = api_finish_read_stream(&s, kind);
	sse_fini(&s);
	return f;
}

static void a_stream_tells_at_its_end(void **state)
{
	(void)state;
	assert_int_equal(of_stream("data: {\"finish_reason\":null}\n\n"
				   "data: {\"finish_reason\":\"length\"}\n\n",
				   API_CHAT),
			 API_FINISH_LENGTH);
	assert_int_equal(
		of_stream("data: {\"delta\":{\"stop_reason\":\"tool_use\"},"
			  "\"usage\":{\"output_tokens\":3}}\n\n",
			  API_MESSAGES),
		API_FINISH_TOOL_CALLS);
	assert_int_equal(
		of_stream(
			"data: {\"type\":\"response.completed\",\"response\":{"
			"\"status\":\"completed\",\"usage\":{"
			"\"input_tokens\":1}}}\n\n",
			API_RESPONSES),
		API_FINISH_STOP);
}

static void a_stream_that_breaks_off_tells_none(void **state)
{
	(void)state;
	assert_int_equal(
		of_stream("data: {\"finish_reason\":null}\n\n", API_CHAT),
		API_FINISH_UNTOLD);
	assert_int_equal(of_stream("data: {\"message\":{\"stop_reason\":null,"
				   "\"usage\":{\"input_tokens\":3}}}\n\n",
				   API_MESSAGES),
			 API_FINISH_UNTOLD);
	assert_int_equal(of_stream("", API_MESSAGES), API_FINISH_UNTOLD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_words_of_every_dialect_are_known),
		cmocka_unit_test(the_last_choice_of_an_answer_is_read),
		cmocka_unit_test(what_tells_no_reason_tells_none),
		cmocka_unit_test(a_stream_tells_at_its_end),
		cmocka_unit_test(a_stream_that_breaks_off_tells_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
