#include "common/hash/walk.h"

#include "common/hash/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static const uint32_t token[12] = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 1, 2};
static const struct hash_extra extra = {{"lora", 4}, {"salt", 4}};

static struct hash_scheme scheme(int a)
{
	struct hash_scheme s;

	assert_int_equal(
		hash_scheme_init(&s, (enum hash_algorithm)a, SLICE("0"), 4),
		OK);
	return s;
}

static void each_output_may_be_left_out(void **state)
{
	(void)state;
	for (int a = HASH_SHA256; a <= HASH_TOKENS; a++) {
		struct hash_scheme s = scheme(a);
		uint8_t all[3 * HASH_MAX_BYTES], digest[3 * HASH_MAX_BYTES];
		uint8_t last[HASH_MAX_BYTES];
		uint64_t key[3];

		assert_int_equal(chain_digests(&s, token, 12, &extra, all), OK);
		walk_blocks(&s, NULL, token, 3, &extra, NULL, NULL, NULL);
		walk_blocks(&s, NULL, token, 3, &extra, key, NULL, NULL);
		walk_blocks(&s, NULL, token, 3, &extra, NULL, digest, NULL);
		walk_blocks(&s, NULL, token, 3, &extra, NULL, NULL, last);
		assert_memory_equal(digest, all, 3 * s.hash_bytes);
		assert_memory_equal(last, all + 2 * s.hash_bytes, s.hash_bytes);
		for (size_t i = 0; i < 3; i++)
			assert_true(key[i] ==
				    chain_key(&s, all + i * s.hash_bytes));
	}
}

static void the_last_digest_may_replace_the_parent(void **state)
{
	(void)state;
	for (int a = HASH_SHA256; a <= HASH_TOKENS; a++) {
		struct hash_scheme s = scheme(a);
		uint8_t whole[HASH_MAX_BYTES], step[HASH_MAX_BYTES];

		walk_blocks(&s, NULL, token, 3, &extra, NULL, NULL, whole);
		walk_blocks(&s, NULL, token, 1, &extra, NULL, NULL, step);
		walk_blocks(&s, step, token + 4, 1, &extra, NULL, NULL, step);
		walk_blocks(&s, step, token + 8, 1, &extra, NULL, NULL, step);
		assert_memory_equal(step, whole, s.hash_bytes);
	}
}

static void no_blocks_leave_every_output_alone(void **state)
{
	struct hash_scheme s = scheme(HASH_SHA256);
	uint8_t digest = 1, last = 2;
	uint64_t key = 3;

	(void)state;
	walk_blocks(&s, NULL, NULL, 0, NULL, &key, &digest, &last);
	assert_int_equal(digest, 1);
	assert_int_equal(last, 2);
	assert_int_equal(key, 3);
}

static void texts_are_checked_at_their_bound(void **state)
{
	static char text[HASH_MAX_TEXT_BYTES + 1];
	struct hash_extra e = {{text, HASH_MAX_TEXT_BYTES},
			       {text, HASH_MAX_TEXT_BYTES}};

	(void)state;
	assert_int_equal(walk_check(NULL), OK);
	assert_int_equal(walk_check(&e), OK);
	e.salt.n++;
	assert_int_equal(walk_check(&e), ERR_LIMIT);
	e.salt.n = 0;
	e.lora.n++;
	assert_int_equal(walk_check(&e), ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest test[] = {
		cmocka_unit_test(each_output_may_be_left_out),
		cmocka_unit_test(the_last_digest_may_replace_the_parent),
		cmocka_unit_test(no_blocks_leave_every_output_alone),
		cmocka_unit_test(texts_are_checked_at_their_bound),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
