#include "common/json/string.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void want_text(struct slice raw, struct slice want)
{
	struct arena a;
	struct slice got;
	arena_init(&a);
	assert_int_equal(json_text(raw, &a, &got), OK);
	if (!slice_equal(got, want))
		fail_msg("%.*s became %.*s", SLICE_ARG(raw), SLICE_ARG(got));
	arena_fini(&a);
	assert_true(json_string_equal(raw, want));
}

static void escapes_are_undone(void **state)
{
	(void)state;
	want_text(SLICE("\"\""), SLICE(""));
	want_text(SLICE("\"abc\""), SLICE("abc"));
	want_text(SLICE("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
		  SLICE("\"\\/\b\f\n\r\t"));
	want_text(SLICE("\"\\u0041\\u00e9\\u20AC\""),
		  SLICE("A\xc3\xa9\xe2\x82\xac"));
	want_text(SLICE("\"\\ud83d\\ude00!\""), SLICE("\xf0\x9f\x98\x80!"));
	want_text(SLICE("\"a\\u0000b\""), SLICE("a\0b"));
	want_text(SLICE("\"\xe2\x82\xac\\n\""), SLICE("\xe2\x82\xac\n"));
}

static void plain_text_is_not_copied(void **state)
{
	(void)state;
	struct arena a;
	struct slice got, raw = SLICE("\"plain\"");
	arena_init(&a);
	assert_int_equal(json_text(raw, &a, &got), OK);
	assert_ptr_equal(got.p, raw.p + 1);
	assert_int_equal(a.bytes, 0);
	arena_fini(&a);
}

static void malformed_spans_are_refused(void **state)
{
	(void)state;
	const struct slice no[] = {
		SLICE(""),
		SLICE("\""),
		SLICE("abc"),
		SLICE("\"abc"),
		SLICE("abc\""),
		SLICE("\"\\\""),
		SLICE("\"\\q\""),
		SLICE("\"\\u12\""),
		SLICE("\"\\ud800\""),
		SLICE("\"\\udc00\""),
		SLICE("\"\\ud800\\u0041\""),
	};
	struct arena a;
	struct slice got;
	arena_init(&a);
	for (size_t i = 0; i < ARRAY_LEN(no); i++) {
		assert_int_equal(json_text(no[i], &a, &got), ERR_INVALID);
		assert_false(json_string_equal(no[i], SLICE("abc")));
	}
	arena_fini(&a);
}

static void names_are_equal_in_any_spelling(void **state)
{
	(void)state;
	struct slice name = SLICE("kv_t");
	assert_true(json_string_equal(SLICE("\"kv_t\""), name));
	assert_true(json_string_equal(SLICE("\"\\u006bv_t\""), name));
	assert_true(
		json_string_equal(SLICE("\"k\\u0076\\u005F\\u0074\""), name));
	assert_false(json_string_equal(SLICE("\"kv_T\""), name));
	assert_false(json_string_equal(SLICE("\"kv_\""), name));
	assert_false(json_string_equal(SLICE("\"kv_tt\""), name));
	assert_false(json_string_equal(SLICE("\"\\u006bv_\""), name));
	assert_false(json_string_equal(SLICE("\"\\u006bv_tt\""), name));
	assert_false(json_string_equal(SLICE("\"kv_t\\u0000\""), name));
}

/* Each length and place of an escape, against a byte-by-byte answer. */
static void long_strings_come_out_whole(void **state)
{
	(void)state;
	struct arena a;
	char raw[140], want[140];
	arena_init(&a);
	for (size_t n = 4; n < 136; n++)
		for (size_t at = 1; at + 2 < n; at++) {
			struct slice got;
			memset(raw, 'x', n);
			memset(want, 'x', n);
			raw[0] = raw[n - 1] = '"';
			memcpy(raw + at, "\\n", 2);
			want[at - 1] = '\n';
			struct slice text = arena_copy(&a,
						       (struct slice){raw, n});
			assert_int_equal(json_text(text, &a, &got), OK);
			assert_int_equal(got.n, n - 3);
			assert_memory_equal(got.p, want, n - 3);
		}
	arena_fini(&a);
}

static void whole_numbers_are_read(void **state)
{
	(void)state;
	int64_t v = 0;
	assert_int_equal(json_int(SLICE("0"), &v), OK);
	assert_int_equal(v, 0);
	assert_int_equal(json_int(SLICE("-12"), &v), OK);
	assert_int_equal(v, -12);
	assert_int_equal(json_int(SLICE("9223372036854775807"), &v), OK);
	assert_true(v == INT64_MAX);
	assert_int_equal(json_int(SLICE("-9223372036854775808"), &v), OK);
	assert_true(v == INT64_MIN);
}

static void other_numbers_are_not_whole(void **state)
{
	(void)state;
	int64_t v = 7;
	assert_int_equal(json_int(SLICE("9223372036854775808"), &v), ERR_LIMIT);
	assert_int_equal(json_int(SLICE("-9223372036854775809"), &v),
			 ERR_LIMIT);
	assert_int_equal(json_int(SLICE("1.0"), &v), ERR_INVALID);
	assert_int_equal(json_int(SLICE("1e3"), &v), ERR_INVALID);
	assert_int_equal(json_int(SLICE(""), &v), ERR_INVALID);
	assert_int_equal(json_int(SLICE("-"), &v), ERR_INVALID);
	assert_int_equal(json_int(SLICE("--1"), &v), ERR_INVALID);
	assert_int_equal(json_int(SLICE("true"), &v), ERR_INVALID);
	assert_int_equal(v, 7);
}

static void doubles_are_read(void **state)
{
	(void)state;
	double v = 0;
	assert_int_equal(json_double(SLICE("0.25"), &v), OK);
	assert_true(v == 0.25);
	assert_int_equal(json_double(SLICE("-1e3"), &v), OK);
	assert_true(v == -1000);
	assert_int_equal(json_double(SLICE("1e400"), &v), ERR_LIMIT);
	assert_int_equal(json_double(SLICE("NaN"), &v), ERR_INVALID);
	assert_int_equal(json_double(SLICE("0x10"), &v), ERR_INVALID);
	assert_int_equal(json_double(SLICE("[]"), &v), ERR_INVALID);
	assert_int_equal(json_double(SLICE(""), &v), ERR_INVALID);
	assert_true(v == -1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes_are_undone),
		cmocka_unit_test(plain_text_is_not_copied),
		cmocka_unit_test(malformed_spans_are_refused),
		cmocka_unit_test(names_are_equal_in_any_spelling),
		cmocka_unit_test(long_strings_come_out_whole),
		cmocka_unit_test(whole_numbers_are_read),
		cmocka_unit_test(other_numbers_are_not_whole),
		cmocka_unit_test(doubles_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
