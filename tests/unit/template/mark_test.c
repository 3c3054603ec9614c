#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/template/eval.h"
#include "common/template/from_json.h"
#include "common/template/mark.h"

static struct arena arena;

static int begin(void **state)
{
	(void)state;
	arena_init(&arena);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static struct value value_of(const char *json)
{
	struct value v;
	assert_int_equal(value_from_json(slice_of(json), 100, &arena, &v), OK);
	return v;
}

static bool alike(const char *a, const char *b)
{
	return mark_equal(mark_of(value_of(a), 7), mark_of(value_of(b), 7));
}

static void equal_values_have_equal_marks(void **state)
{
	(void)state;
	assert_true(alike("null", "null"));
	assert_true(alike("12", "12"));
	assert_true(alike("\"text\"", "\"te\\u0078t\""));
	assert_true(alike("[1,[2,{\"a\":\"b\"}]]", "[1,[2,{\"a\":\"b\"}]]"));
}

static void other_values_have_other_marks(void **state)
{
	(void)state;
	assert_false(alike("null", "false"));
	assert_false(alike("1", "2"));
	assert_false(alike("1", "true"));
	assert_false(alike("1", "1.0"));
	assert_false(alike("\"a\"", "\"b\""));
	assert_false(alike("[[1],2]", "[[1,2]]"));
	assert_false(alike("[\"ab\",\"c\"]", "[\"a\",\"bc\"]"));
	assert_false(alike("{\"a\":1}", "{\"b\":1}"));
	assert_false(alike("{\"a\":1}", "[\"a\",1]"));
}

static void no_value_is_only_like_no_value(void **state)
{
	struct value unset = {.type = EVAL_UNSET};
	(void)state;
	assert_true(mark_equal(mark_of(unset, 7), mark_of(unset, 7)));
	assert_false(mark_equal(mark_of(unset, 7), mark_of(value_none(), 7)));
}

static void what_is_too_large_or_has_a_state_equals_nothing(void **state)
{
	char deep[64], *large = arena_alloc(&arena, 1 << 20);
	struct value text, seq = value_seq(&arena, SEQ_GENERATOR, NULL, 0);
	(void)state;
	memset(deep, '[', 20);
	memset(deep + 20, ']', 20);
	deep[40] = '\0';
	assert_false(alike(deep, deep));
	memset(large, 'x', 1 << 20);
	text = value_string((struct slice){large, 1 << 20});
	assert_false(mark_equal(mark_of(text, 7), mark_of(text, 7)));
	assert_false(mark_equal(mark_of(seq, 7), mark_of(seq, 7)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_values_have_equal_marks),
		cmocka_unit_test(other_values_have_other_marks),
		cmocka_unit_test(no_value_is_only_like_no_value),
		cmocka_unit_test(
			what_is_too_large_or_has_a_state_equals_nothing),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
