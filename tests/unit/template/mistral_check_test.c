/* Conversations that are refused, by the version. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/template/mistral.h"

#define A       "123456789"
#define B       "abcdefghi"
#define CALL_A  CALLS(ONE(A, "f", "{}"))
#define BOTH    CALLS(ONE(A, "f", "{}") "," ONE(B, "f", "{}"))
#define THOUGHT "[{\"type\":\"thinking\",\"thinking\":\"t\"}]"

static const int all[] = {1, 2, 3, 7, 11, 13, 15};

/* By versions from `from` to `to`. */
static void refuse_from(int from, int to, const char *messages)
{
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (all[i] >= from && all[i] <= to)
			refuse(all[i], messages);
}

static void roles_follow_in_order(void **state)
{
	(void)state;
	refuse_from(1, 15, "[]");
	refuse_from(1, 15, "[" TELL("a") "]");
	refuse_from(1, 15, "[" ASK("a") "," TELL("b") "]");
	refuse_from(1, 15, "[" ASK("a") "," RESULT(A, "x") "]");
	refuse_from(1, 15, "[" SYSTEM("s") "," RESULT(A, "x") "]");
	refuse_from(1, 15, "[" ASK("a") "," TELL("b") "," SYSTEM("s") "]");
	refuse_from(1, 15,
		    "[" ASK("a") "," CALL_A
				 "," RESULT(A, "x") "," SYSTEM("s") "]");
}

static void calls_have_as_many_results(void **state)
{
	(void)state;
	refuse_from(2, 10,
		    "[" ASK("a") "," BOTH "," RESULT(A, "x") "," TELL(
			    "b") "," ASK("c") "]");
	refuse_from(11, 15,
		    "[" ASK("a") "," BOTH "," RESULT(A, "x") "," TELL(
			    "b") "," ASK("c") "]");
	refuse_from(11, 15, "[" ASK("a") "," CALL_A "," RESULT(B, "x") "]");
	refuse_from(11, 15,
		    "[" ASK("a") "," CALL_A
				 "," RESULT(A, "x") "," RESULT(A, "y") "]");
	refuse_from(11, 15,
		    "[" ASK("a") "," CALLS(ONE(A, "f", "{}") "," ONE(
			    A, "g", "{}")) "," RESULT(A, "x") "]");
}

static void names_are_plain(void **state)
{
	static const char *const bad[] = {
		"",
		"a b",
		"é",
		"a.b",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"a"
		"aa",
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		refuse_from(2, 15,
			    arena_printf(&data,
					 "[" ASK("a") "," CALLS(ONE(
						 A, "%s",
						 "{}")) "," RESULT(A, "x") "]",
					 bad[i]));
		struct chat_request r = says("[" ASK("a") "]");
		r.tools = slice_of(arena_printf(
			&data, "[{\"function\":{\"name\":\"%s\"}}]", bad[i]));
		refuse_with(of_version(13), r, ERR_INVALID);
	}
	refuse(13, "[" ASK("a") "," CALL_A ",{\"role\":\"tool\",\"name\":\"a "
				"b\"," ID(A) ",\"content\":\"x\"}]");
	check(13,
	      "[" ASK("a") "," CALLS(ONE(A, "a-1_\\n", "{}")) "," RESULT(
		      A, "x") "]",
	      "<s>[INST]|a|[/INST][TOOL_CALLS]|a-1_\n|[ARGS]|{}|</s>"
	      "[TOOL_RESULTS]|x|[/TOOL_RESULTS]");
}

static void ids_are_nine_letters_and_digits_for_some(void **state)
{
	static const char *const bad[] = {"1", "12345678", "1234 6789", "null"};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		refuse_from(
			3, 11,
			arena_printf(&data,
				     "[" ASK("a") "," CALLS(ONE(
					     "%s", "f",
					     "{}")) "," RESULT("%s", "x") "]",
				     bad[i], bad[i]));
	refuse_from(13, 15,
		    "[" ASK("a") "," CALLS(ONE("", "f", "{}")) "," RESULT(
			    "", "x") "]");
	refuse_from(13, 15,
		    "[" ASK("a") "," CALLS(ONE("null", "f", "{}")) "," RESULT(
			    "null", "x") "]");
}

static void thoughts_are_only_where_they_may_be(void **state)
{
	struct mistral_model silent = {.version = 13};
	(void)state;
	refuse_from(1, 15, "[{\"role\":\"user\",\"content\":" THOUGHT "}]");
	refuse_from(1, 11,
		    "[" ASK("a") ",{\"role\":\"assistant\",\"content\":" THOUGHT
				 "}," ASK("b") "]");
	refuse_from(1, 11,
		    "[{\"role\":\"system\",\"content\":" THOUGHT
		    "}," ASK("b") "]");
	refuse(15,
	       "[{\"role\":\"system\",\"content\":" THOUGHT "}," ASK("b") "]");
	refuse_with(silent,
		    says("[" ASK(
			    "a") ",{\"role\":\"assistant\",\"content\":" THOUGHT
				 "}," ASK("b") "]"),
		    ERR_INVALID);
}

static void what_is_in_order_passes(void **state)
{
	(void)state;
	check(2,
	      "[" ASK("a") "," CALLS(ONE("any id 1", "f", "{}")) "," RESULT(
		      "any id 1", "x") "," TELL("b") "," ASK("c") "]",
	      "<s>[INST]|a|[/INST]|b|</s>[INST]|c|[/INST]");
	check(7, "[" SYSTEM("s") "]", "<s>[SYSTEM_PROMPT]|s|[/SYSTEM_PROMPT]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roles_follow_in_order),
		cmocka_unit_test(calls_have_as_many_results),
		cmocka_unit_test(names_are_plain),
		cmocka_unit_test(ids_are_nine_letters_and_digits_for_some),
		cmocka_unit_test(thoughts_are_only_where_they_may_be),
		cmocka_unit_test(what_is_in_order_passes),
	};
	arena_init(&data);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_fini(&data);
	return failed;
}
