/* Turns of a conversation for V4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/template/deepseek_merge.h"
#include "tests/unit/template/data.h"

static struct deepseek_turn *merged(const char *messages, size_t *n)
{
	struct deepseek d = {
		.messages = json_of(slice_of(messages)),
		.arena = &data,
	};
	return deepseek_merge(&d, n);
}

static bool is(struct slice s, const char *want)
{
	return slice_equal(s, slice_of(want));
}

static void results_are_in_the_order_of_their_calls(void **state)
{
	size_t n;
	struct deepseek_turn *t = merged(
		"[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\"},{"
		"\"function\":{\"id\":\"b\"}},{\"id\":\"c\"}]},{\"role\":"
		"\"tool\",\"tool_call_id\":\"c\",\"content\":\"3\"},{\"role\":"
		"\"user\",\"content\":\"u\"},{\"role\":\"tool\","
		"\"tool_call_id\":\"b\",\"content\":\"2\"},{\"role\":\"tool\","
		"\"tool_call_id\":\"a\",\"content\":\"1\"}]",
		&n);
	(void)state;
	assert_int_equal(n, 2);
	assert_int_equal(t[1].n, 4);
	assert_true(is(t[1].block[0].text, "1"));
	assert_true(is(t[1].block[1].text, "u"));
	assert_false(t[1].block[1].result);
	assert_true(is(t[1].block[2].text, "2"));
	assert_true(is(t[1].block[3].text, "3"));
}

static void results_of_no_call_come_first_as_they_are(void **state)
{
	size_t n;
	struct deepseek_turn *t = merged(
		"[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\"},{"
		"\"id\":\"b\"}]},{\"role\":\"tool\",\"tool_call_id\":\"b\","
		"\"content\":\"2\"},{\"role\":\"tool\",\"content\":\"x\"},{"
		"\"role\":\"tool\",\"tool_call_id\":7,\"content\":\"y\"}]",
		&n);
	(void)state;
	assert_int_equal(n, 2);
	assert_true(is(t[1].block[0].text, "x"));
	assert_true(is(t[1].block[1].text, "y"));
	assert_true(is(t[1].block[2].text, "2"));
}

static void a_task_ends_a_turn_of_words(void **state)
{
	size_t n;
	struct deepseek_turn *t = merged(
		"[{\"role\":\"user\",\"task\":\"title\"},{\"role\":\"tool\"},{"
		"\"role\":\"user\",\"content\":\"b\"}]",
		&n);
	(void)state;
	assert_int_equal(n, 2);
	assert_int_equal(t[0].n, 2);
	assert_non_null(deepseek_task(&t[0]));
	assert_null(deepseek_task(&t[1]));
	t = merged("[{\"role\":\"tool\",\"task\":\"title\"},{\"role\":"
		   "\"user\"}]",
		   &n);
	assert_int_equal(n, 1);
	assert_null(deepseek_task(&t[0]));
}

static void others_stay_as_they_are(void **state)
{
	size_t n;
	struct deepseek_turn *t = merged(
		"[7,{\"role\":\"system\"},{\"role\":\"assistant\","
		"\"tool_calls\":7}]",
		&n);
	(void)state;
	assert_int_equal(n, 3);
	assert_false(t[0].user || t[1].user || t[2].user);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_are_in_the_order_of_their_calls),
		cmocka_unit_test(results_of_no_call_come_first_as_they_are),
		cmocka_unit_test(a_task_ends_a_turn_of_words),
		cmocka_unit_test(others_stay_as_they_are),
	};
	arena_init(&data);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_fini(&data);
	return failed;
}
