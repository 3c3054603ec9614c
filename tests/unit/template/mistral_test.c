/* Prompts by the version of the tokenizer, against those of mistral-common
 * where the test data is at hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "tests/unit/template/mistral.h"

#define A    "123456789"
#define B    "abcdefghi"
#define TALK "[" SYSTEM("s") "," ASK("a") "," TELL("b ") "," ASK("c") "]"
#define CALLED                                                                 \
	"[" ASK("a") "," CALLS(ONE(A, "f", "{\\\"x\\\": 1.50}") "," ONE(       \
		B, "g", "")) "," RESULT(A, "[1]") "," RESULT(B, "text") "]"

static void each_version_has_its_own_turns(void **state)
{
	(void)state;
	check(1, TALK, "<s>|[INST] s\n\na [/INST]||b |</s>|[INST] c [/INST]|");
	check(2, TALK, "<s>[INST]|a|[/INST]|b|</s>[INST]|s\n\nc|[/INST]");
	check(3, TALK, "<s>[INST]|a|[/INST]|b|</s>[INST]|s\n\nc|[/INST]");
	check(7, TALK,
	      "<s>[SYSTEM_PROMPT]|s|[/SYSTEM_PROMPT][INST]|a|[/INST]|b|</s>"
	      "[INST]|c|[/INST]");
	check(13, TALK,
	      "<s>[SYSTEM_PROMPT]|s|[/SYSTEM_PROMPT][INST]|a|[/INST]|b|</s>"
	      "[INST]|c|[/INST]");
}

static void each_version_has_its_own_calls(void **state)
{
	(void)state;
	check(3, CALLED,
	      "<s>[INST]|a|[/INST][TOOL_CALLS]|[{\"name\": \"f\", "
	      "\"arguments\": {\"x\": 1.5}, \"id\": \"" A "\"}, {\"name\": "
	      "\"g\", \"arguments\": {}, \"id\": \"" B "\"}]|</s>"
	      "[TOOL_RESULTS]|{\"content\": [1], \"call_id\": \"" A "\"}|"
	      "[/TOOL_RESULTS][TOOL_RESULTS]|{\"content\": \"text\", "
	      "\"call_id\": \"" B "\"}|[/TOOL_RESULTS]");
	check(7, CALLED,
	      "<s>[INST]|a|[/INST][TOOL_CALLS]|[{\"name\": \"f\", "
	      "\"arguments\": {\"x\": 1.5}, \"id\": \"" A "\"}, {\"name\": "
	      "\"g\", \"arguments\": {}, \"id\": \"" B "\"}]|</s>"
	      "[TOOL_RESULTS]|" A "|[TOOL_CONTENT]|[1]|[/TOOL_RESULTS]"
	      "[TOOL_RESULTS]|" B "|[TOOL_CONTENT]|text|[/TOOL_RESULTS]");
	check(11, CALLED,
	      "<s>[INST]|a|[/INST][TOOL_CALLS]|f|[CALL_ID]|" A "|[ARGS]|"
	      "{\"x\": 1.5}|[TOOL_CALLS]|g|[CALL_ID]|" B "|[ARGS]|{}|</s>"
	      "[TOOL_RESULTS]|" A "|[TOOL_CONTENT]|[1]|[/TOOL_RESULTS]"
	      "[TOOL_RESULTS]|" B "|[TOOL_CONTENT]|text|[/TOOL_RESULTS]");
	check(13, CALLED,
	      "<s>[INST]|a|[/INST][TOOL_CALLS]|f|[ARGS]|{\"x\": 1.5}|"
	      "[TOOL_CALLS]|g|[ARGS]|{}|</s>[TOOL_RESULTS]|[1]|"
	      "[/TOOL_RESULTS][TOOL_RESULTS]|text|[/TOOL_RESULTS]");
}

static void version_2_forgets_what_was_called(void **state)
{
	(void)state;
	check(2,
	      "[" ASK("a") "," CALLS(ONE(A, "f", "{}")) "," RESULT(
		      A, "1") "," TELL("b") "," ASK("c") "]",
	      "<s>[INST]|a|[/INST]|b|</s>[INST]|c|[/INST]");
	check(2,
	      "[" ASK("a") "," CALLS(ONE(
		      A, "f",
		      "{}")) ",{\"role\":\"tool\"," ID(A) ",\"name\":\"f\","
							  "\"content\":\"1\"}]",
	      "<s>[INST]|a|[/INST][TOOL_CALLS]|[{\"name\": \"f\", "
	      "\"arguments\": {}}]|</s>[TOOL_RESULTS]|[{\"name\": \"f\", "
	      "\"content\": 1}]|[/TOOL_RESULTS]");
	check(2, CALLED,
	      "<s>[INST]|a|[/INST][TOOL_CALLS]|[{\"name\": \"f\", "
	      "\"arguments\": {\"x\": 1.5}}, {\"name\": \"g\", "
	      "\"arguments\": {}}]|</s>[TOOL_RESULTS]|[{\"name\": null, "
	      "\"content\": [1]}, {\"name\": null, \"content\": \"text\"}]|"
	      "[/TOOL_RESULTS]");
}

static void tools_stand_before_the_last_or_the_first_question(void **state)
{
	struct chat_request r = says(
		"[" ASK("a") "," TELL("b") "," ASK("c") "]");
	(void)state;
	r.tools = SLICE("[{\"type\":\"function\",\"function\":{\"name\":\"f\","
			"\"strict\":true}}]");
#define SHOWN                                                                  \
	"[AVAILABLE_TOOLS]|[{\"type\": \"function\", \"function\": "           \
	"{\"name\": "                                                          \
	"\"f\", \"description\": \"\", \"parameters\": {}}}]|"                 \
	"[/AVAILABLE_TOOLS]"
	check_with(of_version(3), r,
		   "<s>[INST]|a|[/INST]|b|</s>" SHOWN "[INST]|c|[/INST]");
	check_with(of_version(11), r,
		   "<s>[INST]|a|[/INST]|b|</s>" SHOWN "[INST]|c|[/INST]");
	check_with(of_version(13), r,
		   "<s>" SHOWN "[INST]|a|[/INST]|b|</s>[INST]|c|[/INST]");
}

static void thoughts_stand_between_their_tokens(void **state)
{
	(void)state;
	check(13,
	      "[{\"role\":\"system\",\"content\":[{\"type\":\"text\",\"text\":"
	      "\"s\"},{\"type\":\"thinking\",\"thinking\":\"t\",\"closed\":"
	      "false}]}," ASK("a") ",{\"role\":\"assistant\",\"content\":[{"
				   "\"type\":\"thinking\",\"thinking\":\"u\"},{"
				   "\"type\":\"text\","
				   "\"text\":\"v \"}]}," ASK("b") "]",
	      "<s>[SYSTEM_PROMPT]|s|[THINK]|t|[/SYSTEM_PROMPT][INST]|a|[/INST]"
	      "[THINK]|u|[/THINK]|v |</s>[INST]|b|[/INST]");
}

static void names_of_tokens_are_no_tokens_in_texts(void **state)
{
	(void)state;
	check(13, "[" ASK("[/INST]</s>") "]", "<s>[INST]|[/INST]</s>|[/INST]");
}

/* What was read from the reference's ids has a blank before each text. */
static struct slice with_blanks(struct slice bars)
{
	bool inside = false;
	struct buf b;
	buf_init(&b);
	for (size_t i = 0; i < bars.n; i++) {
		bool bar = bars.p[i] == '|';
		inside ^= bar;
		if (!bar || inside)
			buf_putc(&b, bar ? ' ' : bars.p[i]);
	}
	struct slice s = arena_copy(&data, buf_slice(&b));
	buf_fini(&b);
	return s;
}

/* Some are shown as their pieces: a blank is \xe2\x96\x81. */
static struct slice read_sample(const char *path)
{
	struct slice s = data_text(path);
	struct buf b;
	buf_init(&b);
	while (s.n > 0) {
		bool blank = slice_starts(s, SLICE("\xe2\x96\x81"));
		bool newline = slice_starts(s, SLICE("<0x0A>"));
		buf_putc(&b, blank ? ' ' : newline ? '\n' : s.p[0]);
		s = slice_from(s, blank ? 3 : newline ? 6 : 1);
	}
	s = arena_copy(&data, buf_slice(&b));
	buf_fini(&b);
	return s;
}

static struct slice raw_member(struct slice object, const char *name)
{
	struct json_value v;
	return json_find(object, name, &v) == OK ? v.raw
						 : (struct slice){NULL, 0};
}

static void check_sample(const char *name, int version)
{
	char path[128];
	struct mistral_model model = of_version(version);
	struct slice got = {NULL, 0};
	struct error err = {0};
	snprintf(path, sizeof(path), "vectors/mistral-common/%s/sample.json",
		 name);
	struct slice sample = data_text(path);
	struct chat_request r = {.messages = raw_member(sample, "messages"),
				 .tools = raw_member(sample, "tools")};
	if (slice_equal(r.tools, SLICE("[]")))
		r.tools = (struct slice){NULL, 0};
	snprintf(path, sizeof(path), "vectors/mistral-common/%s/text_v%d.txt",
		 name, version);
	struct slice want = read_sample(path);
	enum status status = run_with(&model, &r, &got, &err);
	if (status != OK)
		print_message("%s v%d: %s\n", name, version, err.text);
	assert_int_equal(status, OK);
	check_text(with_blanks(got), want);
}

static void samples_come_out_as_the_reference_gives_them(void **state)
{
	static const char *const name[] = {
		"get_weather_full",
		"get_weather_no_history",
		"get_weather_no_system_prompt",
		"no_tools",
		"parallel_calls",
		"several_calls",
	};
	(void)state;
	check_sample("no_tools", 1);
	for (size_t i = 0; i < ARRAY_LEN(name); i++) {
		check_sample(name[i], 2);
		check_sample(name[i], 3);
	}
}

static void a_version_without_tools_refuses_calls(void **state)
{
	(void)state;
	refuse(1, CALLED);
	refuse(1, "[" ASK("a") "," CALLS(ONE(A, "f", "{}")) "," RESULT(
			  A, "1") "," TELL("b") "," ASK("c") "]");
	refuse(1, "[" ASK("a") "," CALLS("") "]");
}

static void who_speaks_and_calls_at_once_is_refused_by_old_ones(void **state)
{
	static const char both[] = "[" ASK(
		"a") ",{\"role\":\"assistant\",\"content\":\"b\","
		     "\"tool_calls\":[" ONE(A, "f", "{}") "]}," RESULT(A,
								       "1") "]";
	(void)state;
	refuse(2, both);
	refuse(3, both);
	check(7, both,
	      "<s>[INST]|a|[/INST]|b|[TOOL_CALLS]|[{\"name\": \"f\", "
	      "\"arguments\": {}, \"id\": \"" A "\"}]|</s>[TOOL_RESULTS]|" A
	      "|[TOOL_CONTENT]|1|[/TOOL_RESULTS]");
}

static void silence_is_refused(void **state)
{
	static const int version[] = {2, 3, 7, 11, 13, 15};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(version); i++)
		refuse(version[i], "[" ASK("a") "," TELL("") "," ASK("b") "]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_version_has_its_own_turns),
		cmocka_unit_test(each_version_has_its_own_calls),
		cmocka_unit_test(version_2_forgets_what_was_called),
		cmocka_unit_test(
			tools_stand_before_the_last_or_the_first_question),
		cmocka_unit_test(thoughts_stand_between_their_tokens),
		cmocka_unit_test(names_of_tokens_are_no_tokens_in_texts),
		cmocka_unit_test(samples_come_out_as_the_reference_gives_them),
		cmocka_unit_test(a_version_without_tools_refuses_calls),
		cmocka_unit_test(
			who_speaks_and_calls_at_once_is_refused_by_old_ones),
		cmocka_unit_test(silence_is_refused),
	};
	arena_init(&data);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_fini(&data);
	return failed;
}
