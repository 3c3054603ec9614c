#include "router/tenant/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/tenant/make.h"

static size_t find(const struct key_table *t, struct slice key)
{
	return key_table_find(t, make_memo(), key);
}

static void add(struct key_table *t, const char *key, size_t owner)
{
	uint8_t digest[SHA256_BYTES];

	sha256_digest(slice_of(key), digest);
	key_table_add(t, digest, owner);
}

static void ten_thousand_keys_are_found_and_no_others(void **state)
{
	struct key_table t;
	char key[32];

	(void)state;
	key_table_init(&t, 10000);
	for (size_t i = 0; i < 10000; i++) {
		snprintf(key, sizeof(key), "wp-%zu", i);
		add(&t, key, i);
	}
	for (size_t i = 0; i < 10000; i++) {
		snprintf(key, sizeof(key), "wp-%zu", i);
		assert_int_equal(find(&t, slice_of(key)), i);
		snprintf(key, sizeof(key), "wp-%zu", i + 10000);
		assert_int_equal(find(&t, slice_of(key)), KEY_NOBODY);
	}
	key_table_fini(&t);
}

static void several_keys_may_be_one_owners(void **state)
{
	struct key_table t;

	(void)state;
	key_table_init(&t, 2);
	add(&t, "old", 3);
	add(&t, "new", 3);
	assert_int_equal(find(&t, SLICE("old")), 3);
	assert_int_equal(find(&t, SLICE("new")), 3);
	key_table_fini(&t);
}

/* Digests that begin alike stand one behind the other. */
static void a_crowded_place_does_not_mislead(void **state)
{
	uint8_t digest[SHA256_BYTES];
	struct key_table t;

	(void)state;
	key_table_init(&t, 4);
	sha256_digest(SLICE("key"), digest);
	for (size_t i = 0; i < 3; i++) {
		digest[31] ^= (uint8_t)(i + 1);
		key_table_add(&t, digest, i);
	}
	assert_int_equal(find(&t, SLICE("key")), 2);
	assert_int_equal(find(&t, SLICE("kez")), KEY_NOBODY);
	key_table_fini(&t);
}

static void what_is_no_key_is_nobodys(void **state)
{
	char text[KEY_MAX_BYTES + 2];
	struct key_table t;

	(void)state;
	memset(text, 'k', sizeof(text));
	text[KEY_MAX_BYTES + 1] = '\0';
	key_table_init(&t, 4);
	add(&t, "", 0);
	add(&t, "a b", 1);
	add(&t, text, 2);
	assert_int_equal(find(&t, SLICE("")), KEY_NOBODY);
	assert_int_equal(find(&t, SLICE("a b")), KEY_NOBODY);
	assert_int_equal(find(&t, slice_of(text)), KEY_NOBODY);
	assert_false(key_is_sound(SLICE("a\tb")));
	assert_false(key_is_sound(SLICE("\xc3\xa4")));
	assert_false(key_is_sound(SLICE("a\0b")));
	assert_true(key_is_sound((struct slice){text, KEY_MAX_BYTES}));
	key_table_fini(&t);
}

static void an_empty_table_knows_nobody(void **state)
{
	struct key_table t, none = {0};

	(void)state;
	key_table_init(&t, 0);
	assert_int_equal(find(&t, SLICE("key")), KEY_NOBODY);
	assert_int_equal(find(&none, SLICE("key")), KEY_NOBODY);
	key_table_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_thousand_keys_are_found_and_no_others),
		cmocka_unit_test(several_keys_may_be_one_owners),
		cmocka_unit_test(a_crowded_place_does_not_mislead),
		cmocka_unit_test(what_is_no_key_is_nobodys),
		cmocka_unit_test(an_empty_table_knows_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
