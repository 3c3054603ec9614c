#include "router/tenant/key_memo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "router/tenant/key.h"

static struct key_memo *memo(void)
{
	static struct key_memo m;

	key_memo_init(&m);
	return &m;
}

static void digests_to(struct key_memo *m, const char *key)
{
	uint8_t wanted[SHA256_BYTES];
	const uint8_t *told = key_memo_digest(m, slice_of(key));

	sha256_digest(slice_of(key), wanted);
	assert_non_null(told);
	assert_memory_equal(told, wanted, SHA256_BYTES);
}

static void a_key_has_the_same_digest_again(void **state)
{
	struct key_memo *m = memo();

	(void)state;
	for (int i = 0; i < 3; i++) {
		digests_to(m, "sk-one");
		digests_to(m, "sk-two");
		digests_to(m, "1");
	}
}

static void many_keys_take_places_from_one_another(void **state)
{
	struct key_memo *m = memo();
	char key[32];

	(void)state;
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 8 * KEY_MEMO_SLOTS; i++) {
			snprintf(key, sizeof(key), "sk-%d", i);
			digests_to(m, key);
		}
}

static void what_is_no_key_has_none(void **state)
{
	struct key_memo *m = memo();
	char text[KEY_MAX_BYTES + 1];

	(void)state;
	memset(text, 'k', sizeof(text));
	for (int i = 0; i < 2; i++) {
		assert_null(key_memo_digest(m, (struct slice){NULL, 0}));
		assert_null(key_memo_digest(m, SLICE("")));
		assert_null(key_memo_digest(m, SLICE("a b")));
		assert_null(key_memo_digest(m, SLICE("a\0b")));
		assert_null(
			key_memo_digest(m, (struct slice){text, sizeof(text)}));
	}
}

/* Nor where a key stands whose place it would have. */
static void what_is_no_key_takes_no_place(void **state)
{
	struct key_memo *m = memo();

	(void)state;
	digests_to(m, "ab");
	for (int i = 0; i < 4 * KEY_MEMO_SLOTS; i++) {
		char text[] = {'a', ' ', (char)('!' + i % 64),
			       (char)('!' + i / 64)};

		assert_null(
			key_memo_digest(m, (struct slice){text, sizeof(text)}));
	}
	digests_to(m, "ab");
}

static void no_two_memos_have_the_same_secret(void **state)
{
	static struct key_memo one, two;

	(void)state;
	key_memo_init(&one);
	key_memo_init(&two);
	assert_true(one.secret != two.secret);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_has_the_same_digest_again),
		cmocka_unit_test(many_keys_take_places_from_one_another),
		cmocka_unit_test(what_is_no_key_has_none),
		cmocka_unit_test(what_is_no_key_takes_no_place),
		cmocka_unit_test(no_two_memos_have_the_same_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
