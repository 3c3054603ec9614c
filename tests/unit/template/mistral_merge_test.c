/* Messages that become one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/template/mistral.h"

#define A           "123456789"
#define B           "abcdefghi"
#define TEXT(t)     "{\"type\":\"text\",\"text\":\"" t "\"}"
#define THOUGHT(t)  "{\"type\":\"thinking\",\"thinking\":\"" t "\"}"
#define MIXED       TEXT("x") "," THOUGHT("t") "," TEXT("y") "," TEXT("z")
#define PARTS(list) "{\"role\":\"user\",\"content\":[" list "]}"

static void questions_in_a_row_are_one(void **state)
{
	(void)state;
	check(3, "[" ASK("a") "," ASK("") "," ASK("b") "]",
	      "<s>[INST]|a\n\nb|[/INST]");
	check(15, "[" ASK("a") "," ASK("b") "]", "<s>[INST]|a\n\nb|[/INST]");
}

static void parts_stand_apart_but_for_the_latest(void **state)
{
	(void)state;
	check(3, "[" PARTS(TEXT("a") "," TEXT("") "," TEXT("b")) "]",
	      "<s>[INST]|a\n\nb|[/INST]");
	check(13, "[" PARTS(TEXT("a") "," TEXT("b")) "]",
	      "<s>[INST]|a\n\nb|[/INST]");
	check(15, "[" PARTS(TEXT("a") "," TEXT("b")) "," ASK("c") "]",
	      "<s>[INST]|ab\n\nc|[/INST]");
	check(15, "[" PARTS("") "]", "<s>[INST][/INST]");
}

static void answers_in_a_row_are_one_with_all_calls(void **state)
{
	(void)state;
	check(13,
	      "[" ASK("a") "," TELL("b") ",{\"role\":\"assistant\",\"content\":"
					 "\"c\",\"tool_calls\":[" ONE(
						 A, "f",
						 "{}") "]}," RESULT(A, "x") "]",
	      "<s>[INST]|a|[/INST]|b\n\nc|[TOOL_CALLS]|f|[ARGS]|{}|</s>"
	      "[TOOL_RESULTS]|x|[/TOOL_RESULTS]");
}

static void thoughts_part_the_texts(void **state)
{
	(void)state;
	check(13,
	      "[" ASK("a") ",{\"role\":\"assistant\",\"content\":[" MIXED
			   "]}," ASK("b") "]",
	      "<s>[INST]|a|[/INST]|x|[THINK]|t|[/THINK]|y\n\nz|</s>[INST]|b|"
	      "[/INST]");
}

static void the_system_is_told_in_a_question_by_old_ones(void **state)
{
	(void)state;
	check(1, "[" SYSTEM("s") "," SYSTEM("t") "," ASK("a") "]",
	      "<s>|[INST] s\n\nt\n\na [/INST]|");
	check(3, "[" SYSTEM("s") "]", "<s>[INST]|s\n\n|[/INST]");
	check(3, "[" SYSTEM("") "," ASK("a") "]", "<s>[INST]|a|[/INST]");
	check(7, "[" SYSTEM("s") "," SYSTEM("t") "," ASK("a") "]",
	      "<s>[SYSTEM_PROMPT]|s|[/SYSTEM_PROMPT][SYSTEM_PROMPT]|t|"
	      "[/SYSTEM_PROMPT][INST]|a|[/INST]");
}

static void results_come_in_the_order_of_their_calls(void **state)
{
	static const char messages[] = "[" ASK("a") "," CALLS(
		ONE(A, "f", "{}") "," ONE(
			B, "g", "{}")) "," RESULT(B, "2") "," RESULT(A,
								     "1") "]";
	(void)state;
	check(13, messages,
	      "<s>[INST]|a|[/INST][TOOL_CALLS]|f|[ARGS]|{}|[TOOL_CALLS]|g|"
	      "[ARGS]|{}|</s>[TOOL_RESULTS]|1|[/TOOL_RESULTS][TOOL_RESULTS]|2|"
	      "[/TOOL_RESULTS]");
	check(7, messages,
	      "<s>[INST]|a|[/INST][TOOL_CALLS]|[{\"name\": \"f\", "
	      "\"arguments\": {}, \"id\": \"" A "\"}, {\"name\": \"g\", "
	      "\"arguments\": {}, \"id\": \"" B "\"}]|</s>[TOOL_RESULTS]|" B
	      "|[TOOL_CONTENT]|2|[/TOOL_RESULTS][TOOL_RESULTS]|" A
	      "|[TOOL_CONTENT]|1|[/TOOL_RESULTS]");
}

static void what_begins_with_an_answer_is_refused_or_led_in(void **state)
{
	(void)state;
	refuse(3, "[" TELL("a") "]");
	refuse(13, "[" TELL("a") "]");
	check(3, "[" TELL("a") "," ASK("b") "]",
	      "<s>[INST][/INST]|a|</s>[INST]|b|[/INST]");
	check(13, "[" TELL("a") "," ASK("b") "]", "<s>|a|</s>[INST]|b|[/INST]");
}

static void merging_mends_no_fault(void **state)
{
	(void)state;
	refuse(7, "[" ASK("a") "," RESULT(A, "x") "," ASK("b") "]");
	refuse(3, "[" ASK("a") "," TELL("b") "," CALLS(
			  ONE(A, "f", "{}")) "," RESULT(A, "x") "]");
	refuse(11, "[" ASK("a") "," CALLS(ONE(A, "f", "{}")) "," CALLS(ONE(
			   B, "f",
			   "{}")) "," RESULT(A, "x") "," RESULT(B, "x") "]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(questions_in_a_row_are_one),
		cmocka_unit_test(parts_stand_apart_but_for_the_latest),
		cmocka_unit_test(answers_in_a_row_are_one_with_all_calls),
		cmocka_unit_test(thoughts_part_the_texts),
		cmocka_unit_test(the_system_is_told_in_a_question_by_old_ones),
		cmocka_unit_test(results_come_in_the_order_of_their_calls),
		cmocka_unit_test(
			what_begins_with_an_answer_is_refused_or_led_in),
		cmocka_unit_test(merging_mends_no_fault),
	};
	arena_init(&data);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_fini(&data);
	return failed;
}
