#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/prompt/chunks.h"

#define SECRET 17
#define N      (CHUNK_SHORT + 3)

static char text[4 * CHUNK_BYTES + 100];
static struct fingerprint_value key[N], other[N];

static struct slice all(void)
{
	return (struct slice){text, sizeof(text)};
}

static int begin(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i * 7 % 26);
	chunk_keys(SECRET, all(), key);
	return 0;
}

static void texts_that_begin_alike_have_the_same_keys_so_far(void **state)
{
	(void)state;
	text[2 * CHUNK_BYTES]++;
	chunk_keys(SECRET, all(), other);
	for (size_t i = 0; i <= CHUNK_SHORT; i++)
		assert_true(fingerprint_equal(key[i], other[i]));
	assert_false(fingerprint_equal(key[N - 2], other[N - 2]));
	assert_false(fingerprint_equal(key[N - 1], other[N - 1]));
}

static void a_chunk_in_another_place_has_another_key(void **state)
{
	(void)state;
	memcpy(text + CHUNK_SHORT_BYTES, text, CHUNK_SHORT_BYTES);
	chunk_keys(SECRET, all(), other);
	assert_false(fingerprint_equal(other[0], other[1]));
}

static void another_secret_gives_other_keys(void **state)
{
	(void)state;
	chunk_keys(SECRET + 1, all(), other);
	assert_false(fingerprint_equal(key[0], other[0]));
}

static void a_part_of_a_chunk_has_a_key_of_its_own(void **state)
{
	size_t end = 2 * CHUNK_BYTES + 5;
	struct fingerprint_value at = chunk_key_at(SECRET, key, all(), end);

	(void)state;
	assert_false(fingerprint_equal(at, key[CHUNK_SHORT]));
	assert_false(fingerprint_equal(
		at, chunk_key_at(SECRET, key, all(), end + 1)));
	text[end]++; /* behind it */
	chunk_keys(SECRET, all(), other);
	assert_true(
		fingerprint_equal(at, chunk_key_at(SECRET, other, all(), end)));
	text[end - 1]++;
	assert_false(
		fingerprint_equal(at, chunk_key_at(SECRET, other, all(), end)));
}

static void at_a_chunks_end_the_key_is_the_chunks(void **state)
{
	(void)state;
	assert_true(fingerprint_equal(
		key[CHUNK_SHORT],
		chunk_key_at(SECRET, key, all(), 2 * CHUNK_BYTES)));
}

static void counts_and_bytes_of_chunks_agree(void **state)
{
	(void)state;
	assert_int_equal(chunk_count(0), 0);
	assert_int_equal(chunk_count(CHUNK_SHORT_BYTES - 1), 0);
	assert_int_equal(chunk_count(CHUNK_BYTES - 1), CHUNK_SHORT - 1);
	assert_int_equal(chunk_count(CHUNK_BYTES), CHUNK_SHORT);
	assert_int_equal(chunk_count(sizeof(text)), N);
	for (size_t n = 0; n < 2 * CHUNK_SHORTER; n++) {
		assert_int_equal(chunk_count(chunk_bytes(n)), n);
		assert_int_equal(chunk_count(chunk_bytes(n + 1) - 1), n);
	}
}

static void far_in_a_text_chunks_are_long(void **state)
{
	(void)state;
	assert_int_equal(chunk_bytes(CHUNK_SHORTER), CHUNK_LONG_FROM);
	assert_int_equal(chunk_count(CHUNK_LONG_FROM - 1), CHUNK_SHORTER - 1);
	assert_int_equal(chunk_count(CHUNK_LONG_FROM), CHUNK_SHORTER);
	assert_int_equal(chunk_count(CHUNK_LONG_FROM + CHUNK_LONG_BYTES - 1),
			 CHUNK_SHORTER);
	assert_int_equal(chunk_bytes(CHUNK_SHORTER + 1),
			 CHUNK_LONG_FROM + CHUNK_LONG_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			texts_that_begin_alike_have_the_same_keys_so_far,
			begin),
		cmocka_unit_test_setup(a_chunk_in_another_place_has_another_key,
				       begin),
		cmocka_unit_test_setup(another_secret_gives_other_keys, begin),
		cmocka_unit_test_setup(a_part_of_a_chunk_has_a_key_of_its_own,
				       begin),
		cmocka_unit_test_setup(at_a_chunks_end_the_key_is_the_chunks,
				       begin),
		cmocka_unit_test(counts_and_bytes_of_chunks_agree),
		cmocka_unit_test(far_in_a_text_chunks_are_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
