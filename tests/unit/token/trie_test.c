#include "tests/unit/token/fixture.h"

#include "common/base/rng.h"
#include "common/token/trie.h"

static struct trie trie;

static int end(void **state)
{
	(void)state;
	trie_fini(&trie);
	return 0;
}

static void build(const char *const *text, size_t n)
{
	struct trie_key key[64];

	assert_true(n <= 64);
	for (size_t i = 0; i < n; i++)
		key[i] = (struct trie_key){slice_of(text[i]), (uint32_t)i};
	trie_build(&trie, key, n);
}

static uint32_t value(const char *path)
{
	uint32_t node = trie_walk(&trie, slice_of(path));

	if (node == TRIE_FAIL && path[0] != '\0')
		return TRIE_NONE;
	return trie.value[node];
}

static void every_key_is_found_and_nothing_else(void **state)
{
	static const char *const text[] = {"a", "abc", "abd", "b", "\xff\x80"};

	(void)state;
	build(text, 5);
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(value(text[i]), i);
	assert_int_equal(value("ab"), TRIE_NONE);
	assert_int_equal(value("abcd"), TRIE_NONE);
	assert_int_equal(value("c"), TRIE_NONE);
	assert_int_equal(value(""), TRIE_NONE);
}

static void an_empty_one_finds_nothing(void **state)
{
	(void)state;
	build(NULL, 0);
	assert_int_equal(value("a"), TRIE_NONE);
	assert_int_equal(trie_child(&trie, TRIE_ROOT, 'a'), TRIE_FAIL);
}

static void the_empty_key_stands_at_the_root(void **state)
{
	static const char *const text[] = {"", "a"};

	(void)state;
	build(text, 2);
	assert_int_equal(value(""), 0);
	assert_int_equal(value("a"), 1);
}

static void of_equal_keys_the_highest_value_stays(void **state)
{
	static const char *const text[] = {"x", "y", "x", "x"};

	(void)state;
	build(text, 4);
	assert_int_equal(value("x"), 3);
	assert_int_equal(value("y"), 1);
}

static void nodes_with_many_children_find_each(void **state)
{
	char name[60][2] = {{0}};
	const char *text[60];

	(void)state;
	for (size_t i = 0; i < 60; i++) {
		name[i][0] = (char)(i * 4 + 1);
		text[i] = name[i];
	}
	build(text, 60);
	for (uint32_t i = 0; i < 60; i++)
		assert_int_equal(value(text[i]), i);
	assert_int_equal(value("\x02"), TRIE_NONE);
}

static void random_keys_are_found(void **state)
{
	static char bytes[1000][8];
	static struct trie_key key[1000];
	struct rng rng;

	(void)state;
	rng_seed(&rng, 7);
	for (uint32_t i = 0; i < 1000; i++) {
		size_t n = 1 + rng_below(&rng, 7);

		for (size_t k = 0; k < n; k++)
			bytes[i][k] = (char)('a' + rng_below(&rng, 3));
		key[i] = (struct trie_key){{bytes[i], n}, i};
	}
	trie_build(&trie, key, 1000);
	for (size_t i = 0; i < 1000; i++) {
		uint32_t node = trie_walk(&trie, key[i].text), want = 0;

		for (size_t k = 0; k < 1000; k++)
			if (slice_equal(key[k].text, key[i].text) &&
			    key[k].value >= want)
				want = key[k].value;
		assert_int_not_equal(node, TRIE_FAIL);
		assert_int_equal(trie.value[node], want);
	}
}

#define CASE(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_key_is_found_and_nothing_else),
		CASE(an_empty_one_finds_nothing),
		CASE(the_empty_key_stands_at_the_root),
		CASE(of_equal_keys_the_highest_value_stays),
		CASE(nodes_with_many_children_find_each),
		CASE(random_keys_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
