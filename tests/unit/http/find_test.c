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

static void the_word_is_found_at_every_place(void **state)
{
	(void)state;
	char text[200];
	for (size_t n = 7; n < 180; n++)
		for (size_t at = 0; at + 7 <= n; at++) {
			memset(text, '"', n);
			memcpy(text + at, "\"usage\"", 7);
			assert_int_equal(find(text, n), at);
		}
}

static void the_first_of_two_is_found(void **state)
{
	(void)state;
	char text[100];
	memset(text, 'u', sizeof(text));
	memcpy(text + 20, "\"usage\"", 7);
	memcpy(text + 60, "\"usage\"", 7);
	assert_int_equal(find(text, sizeof(text)), 20);
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
		}
	assert_int_equal(find("", 0), 0);
	assert_int_equal(find("\"usag", 5), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_word_is_found_at_every_place),
		cmocka_unit_test(the_first_of_two_is_found),
		cmocka_unit_test(what_is_nearly_the_word_is_not_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
