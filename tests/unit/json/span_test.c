#include "common/json/span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/rng.h"
#include "common/json/escape.h"

#define MAX 300

/* The plain way to say what the quick way must say. */
static size_t skip_plainly(const char *text, size_t n)
{
	size_t i = 0;
	while (i < n) {
		unsigned char c = (unsigned char)text[i];
		if (c == '\\' && i + 1 < n &&
		    json_short_escape[(unsigned char)text[i + 1]])
			i += 2;
		else if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\')
			break;
		else
			i++;
	}
	return i;
}

static size_t copy_plainly(const char *text, size_t n, char *to, size_t *took)
{
	size_t i = 0, at = 0;
	while (i < n) {
		if (text[i] != '\\') {
			to[at++] = text[i++];
			continue;
		}
		if (i + 1 == n ||
		    !json_short_escape[(unsigned char)text[i + 1]])
			break;
		to[at++] = json_short_escape[(unsigned char)text[i + 1]];
		i += 2;
	}
	*took = i;
	return at;
}

/* Both ways over one text, each in memory of its exact size. */
static void compare(const char *text, size_t n)
{
	char *from = malloc(n + !n), *to = malloc(n + !n), want[MAX];
	memcpy(from, text, n);
	assert_int_equal(json_skip_plain(from, from + n) - from,
			 skip_plainly(text, n));
	size_t took, m = copy_plainly(text, n, want, &took);
	char *at = to;
	assert_int_equal(json_copy_plain(from, from + n, &at) - from, took);
	assert_int_equal(at - to, m);
	assert_memory_equal(to, want, m);
	free(from);
	free(to);
}

static void all_lengths_and_places_agree(void **state)
{
	(void)state;
	const char *marks[] = {"\"",   "\\n",  "\\\\", "\\q", "\\u0041",
			       "\x1f", "\x80", "\\",   "\x7f"};
	char text[MAX];
	for (size_t k = 0; k < sizeof(marks) / sizeof(*marks); k++)
		for (size_t n = 0; n < 200; n++)
			for (size_t at = 0; at < n; at += 1 + n / 40) {
				size_t m = strlen(marks[k]);
				memset(text, 'x', n);
				memcpy(text + at, marks[k],
				       m < n - at ? m : n - at);
				compare(text, n);
			}
}

static void random_texts_agree(void **state)
{
	(void)state;
	static const char letters[] = "abc\\\\\\nt\"u0";
	struct rng r;
	char text[MAX];
	rng_seed(&r, 7);
	for (int i = 0; i < 20000; i++) {
		size_t n = rng_below(&r, MAX);
		size_t some = 1 + rng_below(&r, sizeof(letters) - 1);
		for (size_t j = 0; j < n; j++)
			text[j] = letters[rng_below(&r, some)];
		compare(text, n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_lengths_and_places_agree),
		cmocka_unit_test(random_texts_agree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
