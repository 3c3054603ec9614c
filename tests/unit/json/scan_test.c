#include "common/json/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CASE(literal) SLICE(literal)

static enum status check_copy(struct slice text, size_t blanks, unsigned depth)
{
	/* An exact copy, so that the sanitizer sees a read past its end. */
	char *copy = malloc(text.n + blanks ? text.n + blanks : 1);
	struct json_value v;
	memcpy(copy, text.p, text.n);
	memset(copy + text.n, ' ', blanks);
	enum status st = json_check((struct slice){copy, text.n + blanks},
				    depth, &v);
	free(copy);
	return st;
}

/* What is near the text's end is looked at in another way. */
static enum status check(struct slice text, unsigned depth)
{
	enum status st = check_copy(text, 0, depth);
	for (size_t blanks = 1; blanks < 40; blanks++)
		assert_int_equal(check_copy(text, blanks, depth), st);
	return st;
}

static void all(const struct slice *text, size_t n, enum status want)
{
	for (size_t i = 0; i < n; i++)
		if (check(text[i], 32) != want)
			fail_msg("%.*s: not %s", SLICE_ARG(text[i]),
				 status_name(want));
}

static void whole_values_are_taken(void **state)
{
	(void)state;
	const struct slice yes[] = {
		CASE("null"),
		CASE("true"),
		CASE("false"),
		CASE("0"),
		CASE("-0"),
		CASE("-1"),
		CASE("123456789012345678901234567890"),
		CASE("1.5"),
		CASE("1e10"),
		CASE("1E+10"),
		CASE("1.25e-3"),
		CASE("0.0"),
		CASE("0e1"),
		CASE("\"\""),
		CASE("\"abc\""),
		CASE("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
		CASE("\"\\u0000\""),
		CASE("\"\\u00e9\\uD834\\uDD1e\""),
		CASE("\"\x7f\""),
		CASE("\"\xc2\x80\xdf\xbf\""),
		CASE("\"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\""),
		CASE("\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\""),
		CASE("[]"),
		CASE("{}"),
		CASE(" [ ] "),
		CASE("\t{\r\n} "),
		CASE("[1,2 , 3]"),
		CASE("[[[]],[{}]]"),
		CASE("{\"a\":1}"),
		CASE("{ \"a\" : 1 , \"a\" : 2 }"),
		CASE("{\"\":{\"\":[]}}"),
		CASE("{\"a\":[{\"b\":[1,{\"c\":null}]},true,false]}"),
	};
	all(yes, ARRAY_LEN(yes), OK);
}

static void what_is_no_value_is_refused(void **state)
{
	(void)state;
	const struct slice no[] = {
		CASE(""),
		CASE(" "),
		CASE("nul"),
		CASE("nulL"),
		CASE("NaN"),
		CASE("Infinity"),
		CASE("-Infinity"),
		CASE("undefined"),
		CASE("'a'"),
		CASE("a"),
		CASE("\0"),
		CASE("\xef\xbb\xbf{}"),
		CASE("// a\n1"),
		CASE("1 2"),
		CASE("{}}"),
		CASE("[]]"),
		CASE("{} x"),
		CASE("1\0"),
		CASE("truefalse"),
		CASE("\v1"),
		CASE("\f1"),
		CASE("\xc2\xa0"
		     "1"),
	};
	all(no, ARRAY_LEN(no), ERR_INVALID);
}

static void malformed_numbers_are_refused(void **state)
{
	(void)state;
	const struct slice no[] = {
		CASE("-"),     CASE("+1"),   CASE("01"),    CASE("-01"),
		CASE("00"),    CASE("1."),   CASE(".5"),    CASE("1.e1"),
		CASE("1e"),    CASE("1e+"),  CASE("1e1.5"), CASE("0x10"),
		CASE("1_000"), CASE("--1"),  CASE("1-2"),   CASE("-a"),
		CASE("1e+-1"), CASE("[1.]"), CASE("[-]"),   CASE("1,"),
	};
	all(no, ARRAY_LEN(no), ERR_INVALID);
}

static enum status scan_numbers(struct slice text, size_t max_number_bytes)
{
	struct json_value v;
	struct json_scan s;
	json_begin(&s, text, 4);
	s.max_number_bytes = max_number_bytes;
	json_value(&s, &v);
	return json_end(&s);
}

static void long_numbers_are_refused_where_the_caller_says(void **state)
{
	(void)state;
	assert_int_equal(scan_numbers(SLICE("[123456, 1.5e+1]"), 6), OK);
	assert_int_equal(scan_numbers(SLICE("1234567"), 0), OK);
	assert_int_equal(scan_numbers(SLICE("1234567"), 6), ERR_LIMIT);
	assert_int_equal(scan_numbers(SLICE("-123456"), 6), ERR_LIMIT);
	assert_int_equal(scan_numbers(SLICE("[{\"a\":0.00000}]"), 6),
			 ERR_LIMIT);
	assert_int_equal(scan_numbers(SLICE("1e00001"), 6), ERR_LIMIT);
	assert_int_equal(scan_numbers(SLICE("123456."), 6), ERR_INVALID);
}

static void malformed_strings_are_refused(void **state)
{
	(void)state;
	const struct slice no[] = {
		CASE("\""),          CASE("\"abc"),     CASE("\"\\"),
		CASE("\"\\\""),      CASE("\"\\a\""),   CASE("\"\\'\""),
		CASE("\"\\0\""),     CASE("\"\\x41\""), CASE("\"\\U0041\""),
		CASE("\"\\u\""),     CASE("\"\\u12\""), CASE("\"\\u123g\""),
		CASE("\"\\u 123\""), CASE("\"\n\""),    CASE("\"\t\""),
		CASE("\"\0\""),      CASE("\"\x1f\""),  CASE("\"a\" \"b\""),
	};
	all(no, ARRAY_LEN(no), ERR_INVALID);
}

static void half_surrogates_are_refused(void **state)
{
	(void)state;
	const struct slice no[] = {
		CASE("\"\\ud800\""),        CASE("\"\\udc00\""),
		CASE("\"\\ud800x\""),       CASE("\"\\ud800\\u0041\""),
		CASE("\"\\ud800\\ud800\""), CASE("\"\\udc00\\ud800\""),
		CASE("\"\\ud800\\n\""),     CASE("\"\\ud834\\udd1\""),
	};
	all(no, ARRAY_LEN(no), ERR_INVALID);
}

static void what_is_not_utf8_is_refused(void **state)
{
	(void)state;
	const struct slice no[] = {
		CASE("\"\x80\""),
		CASE("\"\xbf\""),
		CASE("\"\xc0\x80\""),
		CASE("\"\xc1\xbf\""),
		CASE("\"\xc2\""),
		CASE("\"\xc2\xc2\""),
		CASE("\"\xe0\x80\x80\""),
		CASE("\"\xe0\x9f\xbf\""),
		CASE("\"\xe2\x82\""),
		CASE("\"\xed\xa0\x80\""),
		CASE("\"\xed\xbf\xbf\""),
		CASE("\"\xf0\x8f\xbf\xbf\""),
		CASE("\"\xf4\x90\x80\x80\""),
		CASE("\"\xf5\x80\x80\x80\""),
		CASE("\"\xf0\x90\x80\""),
		CASE("\"\xfe\""),
		CASE("\"\xff\""),
		CASE("{\"\xff\":1}"),
	};
	all(no, ARRAY_LEN(no), ERR_INVALID);
}

static void malformed_containers_are_refused(void **state)
{
	(void)state;
	const struct slice no[] = {
		CASE("["),
		CASE("{"),
		CASE("]"),
		CASE("}"),
		CASE("[1"),
		CASE("[1,"),
		CASE("[1,]"),
		CASE("[,1]"),
		CASE("[,]"),
		CASE("[1,,2]"),
		CASE("[1 2]"),
		CASE("[1}"),
		CASE("{1}"),
		CASE("{\"a\"}"),
		CASE("{\"a\":}"),
		CASE("{\"a\" 1}"),
		CASE("{\"a\":1,}"),
		CASE("{,\"a\":1}"),
		CASE("{\"a\":1]"),
		CASE("{a:1}"),
		CASE("{'a':1}"),
		CASE("{\"a\":1 \"b\":2}"),
		CASE("{\"a\":1,,\"b\":2}"),
		CASE("{\"a\"::1}"),
		CASE("{\"a\":1"),
		CASE("{\"a\":"),
		CASE("{\"a\""),
		CASE("{\"a"),
		CASE("[[1]"),
		CASE("[{]}"),
		CASE("{[]:1}"),
		CASE("[:]"),
		CASE("{null:1}"),
		CASE("[1;2]"),
		CASE("{\"a\",1}"),
	};
	all(no, ARRAY_LEN(no), ERR_INVALID);
}

static void every_cut_of_a_value_is_refused(void **state)
{
	(void)state;
	struct slice text = CASE(
		"{\"a\":[1,{\"b\":\"\\u00e9\\n\xc3\xa9\"},true],"
		"\"c\":-1.5e3}");
	assert_int_equal(check(text, 8), OK);
	for (size_t n = 0; n < text.n; n++)
		assert_int_equal(check((struct slice){text.p, n}, 8),
				 ERR_INVALID);
}

/* A string at every position against the 32 and 128 bytes that are looked
 * at together, with one byte that matters at every position in it. */
static void long_strings_are_seen_whole(void **state)
{
	(void)state;
	char text[303];
	for (size_t n = 2; n < 300; n += 7) {
		memset(text, 'x', n);
		text[0] = text[n - 1] = '"';
		assert_int_equal(check((struct slice){text, n}, 0), OK);
		for (size_t at = 1; at < n - 1; at++) {
			text[at] = '\x01';
			assert_int_equal(check((struct slice){text, n}, 0),
					 ERR_INVALID);
			text[at] = '\x80';
			assert_int_equal(check((struct slice){text, n}, 0),
					 ERR_INVALID);
			text[at] = '"';
			assert_int_equal(check((struct slice){text, n}, 0),
					 ERR_INVALID);
			text[at] = 'x';
		}
	}
}

static struct slice nested(char *out, size_t levels, char open, char close)
{
	memset(out, open, levels);
	memset(out + levels, close, levels);
	return (struct slice){out, 2 * levels};
}

static void depth_is_bounded(void **state)
{
	(void)state;
	char *text = malloc(200000);
	assert_int_equal(check(nested(text, 7, '[', ']'), 7), OK);
	assert_int_equal(check(nested(text, 8, '[', ']'), 7), ERR_LIMIT);
	assert_int_equal(check(CASE("{\"a\":{\"a\":{}}}"), 3), OK);
	assert_int_equal(check(CASE("{\"a\":{\"a\":{}}}"), 2), ERR_LIMIT);
	assert_int_equal(check(CASE("1"), 0), OK);
	assert_int_equal(check(CASE("[]"), 0), ERR_LIMIT);
	assert_int_equal(check(nested(text, 1024, '[', ']'), 1024), OK);
	assert_int_equal(check(nested(text, 100000, '[', ']'), 1024),
			 ERR_LIMIT);
	free(text);
}

static void siblings_do_not_count_as_depth(void **state)
{
	(void)state;
	assert_int_equal(check(CASE("[[],[],{},[[]],{\"a\":[]}]"), 3), OK);
	assert_int_equal(check(CASE("[[],[],{},[[]],{\"a\":[]}]"), 2),
			 ERR_LIMIT);
}

static void members_come_in_order_with_their_spans(void **state)
{
	(void)state;
	struct json_scan s;
	struct slice key;
	struct json_value v;
	json_begin(&s, CASE(" {\"a\" : [1, 2] ,\"b\":\"x\"} "), 4);
	assert_true(json_enter_object(&s));
	assert_true(json_member(&s, &key));
	assert_true(slice_equal(key, CASE("\"a\"")));
	assert_true(json_value(&s, &v));
	assert_int_equal(v.type, JSON_TYPE_ARRAY);
	assert_true(slice_equal(v.raw, CASE("[1, 2]")));
	assert_true(json_member(&s, &key));
	assert_true(slice_equal(key, CASE("\"b\"")));
	assert_true(json_value(&s, &v));
	assert_int_equal(v.type, JSON_TYPE_STRING);
	assert_false(json_member(&s, &key));
	assert_int_equal(json_end(&s), OK);
}

/* Puts `value` into an object, with `pad` bytes behind it, and takes it. */
static void assert_taken(struct slice value, const char *before, size_t pad)
{
	char text[256];
	int n = snprintf(text, sizeof(text),
			 "{%s\"first\":1,%s\"name\":%s%.*s,\"\":\"%*s\"}",
			 before, before, before, SLICE_ARG(value), (int)pad,
			 "");
	struct json_scan s;
	struct json_value v;
	struct slice key;
	json_begin(&s, (struct slice){text, (size_t)n}, 32);
	assert_true(json_enter_object(&s));
	assert_true(json_member(&s, &key) && json_value(&s, &v));
	assert_true(slice_equal(key, SLICE("\"first\"")));
	assert_int_equal(v.type, JSON_TYPE_NUMBER);
	assert_true(slice_equal(v.raw, SLICE("1")));
	assert_true(json_member(&s, &key) && json_value(&s, &v));
	assert_true(slice_equal(key, SLICE("\"name\"")));
	assert_true(slice_equal(v.raw, value));
	assert_true(json_member(&s, &key) && json_value(&s, &v));
	assert_false(json_member(&s, &key));
	assert_int_equal(json_end(&s), OK);
}

static void values_are_the_same_wherever_they_stand(void **state)
{
	(void)state;
	static const char *const before[] = {"", " ", "  ", "\n"};
	const struct slice value[] = {
		CASE("0"),
		CASE("7"),
		CASE("-7"),
		CASE("1234567890123456"),
		CASE("12345678901234567890123"),
		CASE("1.5"),
		CASE("1e5"),
		CASE("\"\""),
		CASE("\"a\""),
		CASE("\"fifteen letters\""),
		CASE("\"sixteen letters!\""),
		CASE("\"seventeen letters\""),
		CASE("\"thirty-one letters are in here!\""),
		CASE("\"thirty-two letters are in here!!\""),
		CASE("\"a quote \\\" escaped\""),
		CASE("\"caf\xc3\xa9\""),
		CASE("true"),
		CASE("[1,\"a\",{\"b\":2}]"),
		CASE("{\"a\":{\"b\":\"c\",\"d\":[1, 2]},\"e\":null}"),
	};
	for (size_t i = 0; i < ARRAY_LEN(value); i++)
		for (size_t pad = 0; pad < 60; pad++)
			for (size_t b = 0; b < ARRAY_LEN(before); b++)
				assert_taken(value[i], before[b], pad);
}

static void what_is_nearly_usual_is_refused(void **state)
{
	(void)state;
#define BEHIND ",\"a\":\"something that is long enough to come behind\"}"
	const struct slice no[] = {
		CASE("{\"a\":01" BEHIND),       CASE("{\"a\":00" BEHIND),
		CASE("{\"a\":1 2" BEHIND),      CASE("{\"a\":1x" BEHIND),
		CASE("{\"a\":" BEHIND),         CASE("{\"a\":1\"b\":2" BEHIND),
		CASE("{\"a\":1," BEHIND),       CASE("{,\"a\":1" BEHIND),
		CASE("{\"a\" 1" BEHIND),        CASE("{\"a\"1" BEHIND),
		CASE("{\"a\":\"b\"c" BEHIND),   CASE("{\"a\x01\":1" BEHIND),
		CASE("{\"a\":\"\x01\"" BEHIND), CASE("{\"a\":\"\xff\"" BEHIND),
		CASE("{\"a\":1]" BEHIND),       CASE("[1" BEHIND),
		CASE("{\"a\":[1}" BEHIND),
	};
	all(no, ARRAY_LEN(no), ERR_INVALID);
}

static void nothing_comes_behind_a_fault(void **state)
{
	(void)state;
	struct slice text = CASE(
		"{\"a\":1,\"b\":2,\"c\":\"something longer\"}");
	struct json_scan s;
	struct json_value v;
	struct slice key;
	json_begin(&s, text, 8);
	assert_true(json_enter_object(&s));
	assert_true(json_member(&s, &key) && json_value(&s, &v));
	assert_false(json_fail(&s, ERR_LIMIT, "enough"));
	assert_false(json_member(&s, &key));
	assert_false(json_value(&s, &v));
	assert_int_equal(json_offset(&s), 6);
	assert_int_equal(json_end(&s), ERR_LIMIT);
}

static void containers_may_be_entered(void **state)
{
	(void)state;
	struct json_scan s;
	struct slice key;
	struct json_value v;
	size_t n = 0;
	json_begin(&s, CASE("{\"a\":[[],{\"b\":[1,2]},3],\"c\":4}"), 4);
	assert_true(json_enter_object(&s));
	assert_true(json_member(&s, &key));
	assert_true(json_enter_array(&s));
	assert_true(json_element(&s));
	assert_true(json_enter_array(&s));
	assert_false(json_element(&s));
	assert_true(json_element(&s));
	assert_true(json_enter_object(&s));
	assert_true(json_member(&s, &key));
	assert_true(json_enter_array(&s));
	while (json_element(&s) && json_value(&s, &v))
		n++;
	assert_int_equal(n, 2);
	assert_false(json_member(&s, &key));
	assert_true(json_element(&s));
	assert_true(json_value(&s, &v));
	assert_false(json_element(&s));
	assert_true(json_member(&s, &key));
	assert_true(slice_equal(key, CASE("\"c\"")));
	assert_true(json_value(&s, &v));
	assert_false(json_member(&s, &key));
	assert_int_equal(json_end(&s), OK);
}

static void the_first_fault_sticks(void **state)
{
	(void)state;
	struct json_scan s;
	struct json_value v;
	struct slice key;
	json_begin(&s, CASE("{\"a\":01}"), 4);
	assert_true(json_enter_object(&s));
	assert_true(json_member(&s, &key));
	assert_false(json_value(&s, &v));
	assert_false(json_value(&s, &v));
	assert_false(json_member(&s, &key));
	assert_false(json_enter_array(&s));
	assert_false(json_fail(&s, ERR_LIMIT, "later"));
	assert_int_equal(json_end(&s), ERR_INVALID);
	assert_string_equal(s.why, "a number with a leading zero");
}

static void a_value_of_another_type_is_not_entered(void **state)
{
	(void)state;
	struct json_scan s;
	json_begin(&s, CASE("[]"), 4);
	assert_false(json_enter_object(&s));
	assert_int_equal(json_end(&s), ERR_INVALID);
	json_begin(&s, CASE("{}"), 4);
	assert_false(json_enter_array(&s));
	assert_int_equal(json_end(&s), ERR_INVALID);
}

static void a_member_is_found_by_its_unescaped_name(void **state)
{
	(void)state;
	struct json_value v;
	struct slice text = CASE("{\"a\":{\"b\":1},\"\\u0062\":2,\"b\":3}");
	assert_int_equal(json_find(text, "b", &v), OK);
	assert_true(slice_equal(v.raw, CASE("2")));
	assert_int_equal(json_find(text, "c", &v), ERR_NOT_FOUND);
	assert_int_equal(json_find(CASE("[]"), "c", &v), ERR_INVALID);
	assert_int_equal(json_find(CASE("{\"a\":1"), "c", &v), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_values_are_taken),
		cmocka_unit_test(what_is_no_value_is_refused),
		cmocka_unit_test(malformed_numbers_are_refused),
		cmocka_unit_test(
			long_numbers_are_refused_where_the_caller_says),
		cmocka_unit_test(malformed_strings_are_refused),
		cmocka_unit_test(half_surrogates_are_refused),
		cmocka_unit_test(what_is_not_utf8_is_refused),
		cmocka_unit_test(malformed_containers_are_refused),
		cmocka_unit_test(every_cut_of_a_value_is_refused),
		cmocka_unit_test(long_strings_are_seen_whole),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(siblings_do_not_count_as_depth),
		cmocka_unit_test(members_come_in_order_with_their_spans),
		cmocka_unit_test(containers_may_be_entered),
		cmocka_unit_test(the_first_fault_sticks),
		cmocka_unit_test(a_value_of_another_type_is_not_entered),
		cmocka_unit_test(a_member_is_found_by_its_unescaped_name),
		cmocka_unit_test(values_are_the_same_wherever_they_stand),
		cmocka_unit_test(what_is_nearly_usual_is_refused),
		cmocka_unit_test(nothing_comes_behind_a_fault),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
