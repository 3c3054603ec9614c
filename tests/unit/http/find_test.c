#include "common/http/find.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static size_t find(const char *text, size_t n)
{
	char *copy = malloc(n + !n);
	memcpy(copy, text, n);
	size_t at = http_find_quoted((struct slice){copy, n},
				     SLICE("\"usage\""));
	free(copy);
	return at;
}

static size_t find_last(const char *text, size_t n)
{
	char *copy = malloc(n + !n);
	memcpy(copy, text, n);
	size_t at = http_find_last_quoted((struct slice){copy, n},
					  SLICE("\"usage\""));
	free(copy);
	return at;
}

static void the_word_is_found_at_every_place(void **state)
{
	(void)state;
	char text[200];
	for (size_t n = 7; n < 180; n++)
		for (size_t at = 0; at + 7 <= n; at++) {
			memset(text, '"', n);
			memcpy(text + at, "\"usage\"", 7);
			assert_int_equal(find(text, n), at);
			assert_int_equal(find_last(text, n), at);
		}
}

static void of_two_the_one_that_is_wanted_is_found(void **state)
{
	(void)state;
	char text[140];
	for (size_t gap = 7; gap < 90; gap++) {
		memset(text, 'u', sizeof(text));
		memcpy(text + 20, "\"usage\"", 7);
		memcpy(text + 20 + gap, "\"usage\"", 7);
		assert_int_equal(find(text, sizeof(text)), 20);
		assert_int_equal(find_last(text, sizeof(text)), 20 + gap);
	}
}

static void what_is_nearly_the_word_is_not_found(void **state)
{
	(void)state;
	const char *near[] = {"\"usagE\"", "\"usage", "usage\"",  "\"usages\"",
			      "\"Usage\"", "\"u\"",   "\"us ge\""};
	char text[120];
	for (size_t i = 0; i < sizeof(near) / sizeof(*near); i++)
		for (size_t n = 8; n < 110; n++) {
			memset(text, 'x', n);
			memcpy(text + n / 2 - 4, near[i], strlen(near[i]));
			assert_int_equal(find(text, n), n);
			assert_int_equal(find_last(text, n), n);
		}
	assert_int_equal(find("", 0), 0);
	assert_int_equal(find("\"usag", 5), 5);
	assert_int_equal(find_last("", 0), 0);
	assert_int_equal(find_last("\"usag", 5), 5);
}

static struct http_places places(const char *text, size_t n)
{
	struct http_places at;
	char *copy = malloc(n + !n);
	memcpy(copy, text, n);
	http_find_places((struct slice){copy, n}, SLICE("\"usage\""), &at);
	free(copy);
	return at;
}

static void each_is_found_at_every_place(void **state)
{
	(void)state;
	char text[120];
	for (size_t n = 9; n < sizeof(text); n++)
		for (size_t at = 0; at + 9 <= n; at++) {
			memset(text, '"', n);
			memcpy(text + at, "\"usage\"\n\r", 9);
			struct http_places found = places(text, n);
			assert_int_equal(found.word, at);
			assert_int_equal(found.lf, at + 7);
			assert_int_equal(found.cr, at + 8);
		}
}

static void the_first_of_several_is_told(void **state)
{
	(void)state;
	char text[200];
	for (size_t at = 0; at < 60; at++) {
		memset(text, 'x', sizeof(text));
		for (size_t i = at; i + 20 < sizeof(text); i += 50)
			memcpy(text + i, "\r\"us\n\"usage\"\r\n", 14);
		struct http_places found = places(text, sizeof(text));
		assert_int_equal(found.cr, at);
		assert_int_equal(found.lf, at + 4);
		assert_int_equal(found.word, at + 5);
	}
}

static void what_is_not_there_is_told_as_the_end(void **state)
{
	(void)state;
	char text[120];
	memset(text, 'x', sizeof(text));
	for (size_t n = 0; n < sizeof(text); n++) {
		struct http_places found = places(text, n);
		assert_int_equal(found.lf, n);
		assert_int_equal(found.cr, n);
		assert_int_equal(found.word, n);
	}
	memcpy(text + sizeof(text) - 6, "\"usage", 6);
	assert_int_equal(places(text, sizeof(text)).word, sizeof(text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_word_is_found_at_every_place),
		cmocka_unit_test(of_two_the_one_that_is_wanted_is_found),
		cmocka_unit_test(what_is_nearly_the_word_is_not_found),
		cmocka_unit_test(each_is_found_at_every_place),
		cmocka_unit_test(the_first_of_several_is_told),
		cmocka_unit_test(what_is_not_there_is_told_as_the_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
