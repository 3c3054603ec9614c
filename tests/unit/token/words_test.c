#include "tests/unit/token/fixture.h"

#include "common/token/words.h"

static struct words w;

static int begin(void **state)
{
	(void)state;
	words_init(&w);
	return 0;
}

static int end(void **state)
{
	(void)state;
	words_fini(&w);
	return 0;
}

static void put(const char *text, size_t n, size_t n_ids)
{
	static const uint32_t id[300] = {1, 2, 3, 4, 5};
	uint64_t key[2] = {0};

	if (n <= WORDS_MAX_TEXT)
		words_key(text, n, n, key);
	words_put(&w, key, (struct slice){text, n}, id, n_ids);
}

static const struct words_slot *find(const char *text, size_t n)
{
	uint64_t key[2];

	words_key(text, n, n, key);
	return words_find(w.set, key);
}

static const uint32_t *find_long(const char *text, size_t n, size_t *n_ids)
{
	uint64_t hash = words_hash(text, n);

	words_fetch_place(&w, hash);
	words_fetch_record(&w, hash);
	return words_find_long(&w, hash, text, n, n_ids);
}

static bool may_have(const char *text)
{
	uint64_t key[2];

	words_key(text, strlen(text), strlen(text), key);
	return words_may_have(&w, key);
}

static void the_key_does_not_depend_on_what_follows(void **state)
{
	static const char text[] = "abcdefghijklmnopqrstuvwxyz";

	(void)state;
	for (size_t n = 1; n <= WORDS_MAX_TEXT; n++) {
		uint64_t wide[2], tight[2];
		char copy[WORDS_MAX_TEXT];

		memcpy(copy, text, n);
		words_key(text, n, sizeof(text), wide);
		words_key(copy, n, n, tight);
		assert_memory_equal(wide, tight, sizeof(wide));
		assert_memory_equal(wide, text, n);
	}
}

static void zeros_at_the_end_make_another_key(void **state)
{
	uint64_t a[2], b[2];

	(void)state;
	words_key("a\0", 1, 2, a);
	words_key("a\0", 2, 2, b);
	assert_memory_not_equal(a, b, sizeof(a));
}

static void a_word_comes_back_with_all_its_ids(void **state)
{
	(void)state;
	for (uint32_t n = 1; n <= WORDS_MAX_IDS; n++) {
		const struct words_slot *slot;

		put("word", 4, n);
		slot = find("word", 4);
		assert_non_null(slot);
		assert_int_equal(words_count(slot), n);
		assert_int_equal(slot->id[n - 1], n);
	}
}

static void what_was_not_put_is_not_there(void **state)
{
	(void)state;
	assert_null(find("word", 4));
	put("word", 4, 0);
	assert_null(find("word", 4));
	put("word", 4, 1);
	assert_null(find("ward", 4));
	assert_null(find("wor", 3));
}

static void a_set_keeps_the_two_that_were_used_last_and_the_ring_others(
	void **state)
{
	char name[3][8];
	unsigned n = 1;
	uint64_t key[2];
	size_t set, n_ids;
	uint64_t at;

	(void)state;
	strcpy(name[0], "0");
	words_key(name[0], 1, 1, key);
	set = words_set(key);
	for (unsigned i = 1; n < 3; i++) {
		snprintf(name[n], sizeof(name[n]), "%u", i);
		words_key(name[n], strlen(name[n]), strlen(name[n]), key);
		n += words_set(key) == set;
	}
	put(name[0], strlen(name[0]), 1);
	put(name[1], strlen(name[1]), 2);
	assert_int_equal(words_count(find(name[0], strlen(name[0]))), 1);
	assert_false(may_have(name[1]));
	put(name[2], strlen(name[2]), 3);
	assert_true(may_have(name[1]));
	assert_null(find(name[1], strlen(name[1])));
	assert_int_equal(*find_long(name[1], strlen(name[1]), &n_ids), 1);
	assert_int_equal(n_ids, 2);
	assert_int_equal(words_count(find(name[0], strlen(name[0]))), 1);
	assert_int_equal(words_count(find(name[2], strlen(name[2]))), 3);
	/* One id is no more work to find again than in the ring. */
	put(name[1], strlen(name[1]), 1);
	put(name[0], strlen(name[0]), 1);
	put(name[2], strlen(name[2]), 1);
	at = w.written;
	put(name[0], strlen(name[0]), 4);
	assert_null(find(name[1], strlen(name[1])));
	assert_int_equal(w.written, at);
}

static void long_words_come_back_as_well(void **state)
{
	char text[WORDS_MAX_LONG];

	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t n = WORDS_MAX_TEXT + 1; n <= sizeof(text); n++) {
		const uint32_t *id;
		size_t n_ids = 0;

		assert_null(find_long(text, n, &n_ids));
		put(text, n, n % 7 + 1);
		id = find_long(text, n, &n_ids);
		assert_non_null(id);
		assert_int_equal(n_ids, n % 7 + 1);
		assert_int_equal(id[0], 1);
	}
}

static void a_short_word_of_many_ids_is_a_long_one(void **state)
{
	size_t n_ids = 0;

	(void)state;
	assert_false(may_have("word"));
	put("word", 4, 5);
	assert_true(may_have("word"));
	assert_null(find("word", 4));
	assert_int_equal(find_long("word", 4, &n_ids)[4], 5);
	assert_int_equal(n_ids, 5);
}

static void too_long_a_word_is_not_kept(void **state)
{
	char text[WORDS_MAX_LONG + 1];
	size_t n_ids;

	(void)state;
	memset(text, 'x', sizeof(text));
	put(text, WORDS_MAX_LONG + 1, 1);
	assert_null(find_long(text, WORDS_MAX_LONG + 1, &n_ids));
	put(text, WORDS_MAX_LONG, WORDS_MAX_LONG + 1);
	assert_null(find_long(text, WORDS_MAX_LONG, &n_ids));
	assert_int_equal(w.written, 0);
}

/* More than the ring holds: the oldest are gone, the youngest are whole. */
static void the_ring_forgets_the_oldest(void **state)
{
	char text[100];
	size_t n_ids, found = 0;

	(void)state;
	memset(text, 'x', sizeof(text));
	for (uint32_t i = 0; i < 80000; i++) {
		memcpy(text, &i, sizeof(i));
		put(text, sizeof(text), 5);
	}
	for (uint32_t i = 0; i < 80000; i++) {
		const uint32_t *id;

		memcpy(text, &i, sizeof(i));
		id = find_long(text, sizeof(text), &n_ids);
		if (id == NULL)
			continue;
		assert_true(i > 40000);
		assert_int_equal(n_ids, 5);
		assert_int_equal(id[4], 5);
		found++;
	}
	assert_true(found > 16000);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_key_does_not_depend_on_what_follows),
		CASE(zeros_at_the_end_make_another_key),
		CASE(a_word_comes_back_with_all_its_ids),
		CASE(what_was_not_put_is_not_there),
		CASE(a_set_keeps_the_two_that_were_used_last_and_the_ring_others),
		CASE(long_words_come_back_as_well),
		CASE(a_short_word_of_many_ids_is_a_long_one),
		CASE(too_long_a_word_is_not_kept),
		CASE(the_ring_forgets_the_oldest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
