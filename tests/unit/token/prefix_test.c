#include "tests/unit/token/fixture.h"

#include "common/base/rng.h"
#include "common/token/prefix.h"

#define MAX_KEYS 4000

static struct prefix prefix;
static uint32_t shorter[MAX_KEYS];

static int end(void **state)
{
	(void)state;
	prefix_fini(&prefix);
	return 0;
}

static void build(const char *const *text, size_t n)
{
	struct trie_key key[64];

	assert_true(n <= 64);
	for (size_t i = 0; i < n; i++)
		key[i] = (struct trie_key){slice_of(text[i]), (uint32_t)i};
	assert_true(prefix_build(&prefix, key, n, shorter));
}

static uint32_t longest(const char *text)
{
	return prefix_longest(&prefix, text, strlen(text), NULL, 0).value;
}

static void the_longest_entry_wins(void **state)
{
	static const char *const text[] = {"a", "abc", "abd", "b", "\xff\x80"};

	(void)state;
	build(text, 5);
	assert_int_equal(longest("a"), 0);
	assert_int_equal(longest("ab"), 0);
	assert_int_equal(longest("abce"), 1);
	assert_int_equal(longest("abdabc"), 2);
	assert_int_equal(longest("ba"), 3);
	assert_int_equal(longest("\xff\x80"), 4);
}

static void what_starts_with_no_entry_finds_none(void **state)
{
	static const char *const text[] = {"abc", "\xff\x80"};

	(void)state;
	build(text, 2);
	assert_int_equal(longest(""), PREFIX_NONE);
	assert_int_equal(longest("ab"), PREFIX_NONE);
	assert_int_equal(longest("bc"), PREFIX_NONE);
	assert_int_equal(longest("\xff\x81"), PREFIX_NONE);
	assert_int_equal(prefix_longest(&prefix, "\0", 1, NULL, 0).value,
			 PREFIX_NONE);
}

static void nothing_is_found_without_entries(void **state)
{
	(void)state;
	build(NULL, 0);
	assert_int_equal(longest("a"), PREFIX_NONE);
}

static void the_length_comes_with_the_entry(void **state)
{
	static const char *const text[] = {"a", "abc"};

	(void)state;
	build(text, 2);
	assert_int_equal(prefix_longest(&prefix, "abcd", 4, NULL, 0).n, 3);
	assert_int_equal(prefix_longest(&prefix, "abd", 3, NULL, 0).n, 1);
	assert_int_equal(prefix_longest(&prefix, "bcd", 3, NULL, 0).n, 0);
}

static void the_text_ends_where_it_ends(void **state)
{
	static const char *const text[] = {"a", "abc"};

	(void)state;
	build(text, 2);
	assert_int_equal(prefix_longest(&prefix, "abc", 2, NULL, 0).value, 0);
	assert_int_equal(prefix_longest(&prefix, "abc", 3, NULL, 0).value, 1);
}

static void each_entry_knows_the_next_shorter_one(void **state)
{
	static const char *const text[] = {"a", "abcd", "abc", "b", "bcd"};

	(void)state;
	build(text, 5);
	assert_int_equal(shorter[0], PREFIX_NONE);
	assert_int_equal(shorter[1], 2);
	assert_int_equal(shorter[2], 0);
	assert_int_equal(shorter[3], PREFIX_NONE);
	assert_int_equal(shorter[4], 3);
}

static uint32_t slowly(const struct trie_key *key, size_t n, struct slice text)
{
	uint32_t best = PREFIX_NONE;
	size_t length = 0;

	for (size_t i = 0; i < n; i++)
		if (key[i].text.n >= length && slice_starts(text, key[i].text))
			best = key[i].value, length = key[i].text.n;
	return best;
}

/* It changes nothing; what it reads is for the sanitizers to say. */
static void texts_are_gone_through_to_their_ends(void **state)
{
	static const char *const entry[] = {"a", "abcd", "bb", "cab"};
	static const char *const text[] = {"abcabbcab", "abc", "b", "x",
					   "aaaaaaaaaaaaaaaaaaaaaaaaaab"};
	struct slice copy[ARRAY_LEN(text)];

	(void)state;
	build(entry, ARRAY_LEN(entry));
	for (size_t i = 0; i < ARRAY_LEN(text); i++)
		copy[i] = (struct slice){
			memcpy(malloc(strlen(text[i])), text[i],
			       strlen(text[i])),
			strlen(text[i]),
		};
	for (size_t n = 0; n <= ARRAY_LEN(text); n++)
		prefix_fetch(&prefix, copy, n, shorter, sizeof(*shorter));
	for (size_t i = 0; i < ARRAY_LEN(text); i++)
		free((char *)copy[i].p);
	assert_int_equal(longest("abcabbcab"), 0);
}

/* Few letters make long branches, many make wide ones. */
static void random_entries_are_all_found(void **state)
{
	static char room[MAX_KEYS][9];
	static struct trie_key key[MAX_KEYS];
	struct rng r;

	(void)state;
	rng_seed(&r, 5);
	for (size_t round = 0; round < 12; round++) {
		size_t n = 1 + rng_below(&r, round < 10 ? 300 : MAX_KEYS);
		size_t letters = 1 + rng_below(&r, round % 2 ? 255 : 4);

		for (size_t i = 0; i < n; i++) {
			size_t len = 1 + rng_below(&r, 8);

			for (size_t k = 0; k < len; k++)
				room[i][k] = (char)(rng_below(&r, letters) + 1);
			key[i] = (struct trie_key){{room[i], len}, (uint32_t)i};
		}
		assert_true(prefix_build(&prefix, key, n, shorter));
		for (size_t i = 0; i < 300; i++) {
			char text[10];

			for (size_t k = 0; k < sizeof(text); k++)
				text[k] = (char)(rng_below(&r, letters) + 1);
			assert_int_equal(
				prefix_longest(&prefix, text, sizeof(text),
					       shorter, sizeof(*shorter))
					.value,
				slowly(key, n,
				       (struct slice){text, sizeof(text)}));
		}
		assert_true(prefix_bytes(&prefix) < n * 8 * 8 * 2 + 65536);
		prefix_fini(&prefix);
	}
}

#define CASE(f) cmocka_unit_test_teardown(f, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_longest_entry_wins),
		CASE(what_starts_with_no_entry_finds_none),
		CASE(nothing_is_found_without_entries),
		CASE(the_length_comes_with_the_entry),
		CASE(the_text_ends_where_it_ends),
		CASE(each_entry_knows_the_next_shorter_one),
		CASE(texts_are_gone_through_to_their_ends),
		CASE(random_entries_are_all_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
