#include "common/json/escape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void is_escape(const char *text, size_t took, const char *want)
{
	const char *p = text, *why = NULL;
	char to[4];
	size_t n = json_escape(&p, text + strlen(text), to, &why);
	assert_int_equal(n, strlen(want));
	assert_memory_equal(to, want, n);
	assert_int_equal(p - text, took);
}

static void is_none(const char *text)
{
	const char *p = text, *why = NULL;
	char to[4];
	assert_int_equal(json_escape(&p, text + strlen(text), to, &why), 0);
	assert_ptr_equal(p, text);
	assert_non_null(why);
}

static void escapes_stand_for_utf8(void **state)
{
	(void)state;
	is_escape("\\nx", 2, "\n");
	is_escape("\\/", 2, "/");
	is_escape("\\u0041x", 6, "A");
	is_escape("\\u007F", 6, "\x7f");
	is_escape("\\u0080", 6, "\xc2\x80");
	is_escape("\\u07ff", 6, "\xdf\xbf");
	is_escape("\\u0800", 6, "\xe0\xa0\x80");
	is_escape("\\uD7FF", 6, "\xed\x9f\xbf");
	is_escape("\\ue000", 6, "\xee\x80\x80");
	is_escape("\\uffff", 6, "\xef\xbf\xbf");
	is_escape("\\ud800\\udc00", 12, "\xf0\x90\x80\x80");
	is_escape("\\udbff\\udfff", 12, "\xf4\x8f\xbf\xbf");
}

static void malformed_escapes_stand_for_nothing(void **state)
{
	(void)state;
	const char *no[] = {"\\",           "\\x",           "\\u",
			    "\\u004",       "\\u00g0",       "\\U0041",
			    "\\ud800",      "\\ud800\\n",    "\\ud800\\ud800",
			    "\\udc00",      "\\udfff",       "\\ud800\\udbff",
			    "\\ud800\\udc", "\\ud800\\ue000"};
	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++)
		is_none(no[i]);
}

static void utf8_is_told_by_its_length(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t n;
	} cases[] = {
		{"\xc2\x80", 2},
		{"\xdf\xbf", 2},
		{"\xe0\xa0\x80", 3},
		{"\xef\xbf\xbf", 3},
		{"\xf0\x90\x80\x80", 4},
		{"\xf4\x8f\xbf\xbf", 4},
		{"\x80", 0},
		{"\xc1\x80", 0},
		{"\xc2", 0},
		{"\xc2\x41", 0},
		{"\xe0\x9f\x80", 0},
		{"\xed\xa0\x80", 0},
		{"\xe1\x80", 0},
		{"\xe1\x80\x41", 0},
		{"\xf0\x8f\x80\x80", 0},
		{"\xf4\x90\x80\x80", 0},
		{"\xf1\x80\x80", 0},
		{"\xf8\x80\x80\x80", 0},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *p = cases[i].text;
		assert_int_equal(json_utf8_length(p, p + strlen(p)),
				 cases[i].n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes_stand_for_utf8),
		cmocka_unit_test(malformed_escapes_stand_for_nothing),
		cmocka_unit_test(utf8_is_told_by_its_length),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
