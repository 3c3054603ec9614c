#include "tests/unit/token/fixture.h"

#include "common/token/alphabet.h"

static void all_256_bytes_have_one_letter_each(void **state)
{
	bool seen[256] = {0};
	size_t n = 0;

	(void)state;
	for (uint32_t c = 0; c <= 0x10ffff; c++) {
		int byte = alphabet_byte(c);

		if (byte < 0)
			continue;
		assert_false(seen[byte]);
		seen[byte] = true;
		n++;
	}
	assert_int_equal(n, 256);
}

static void known_letters_stand_for_their_bytes(void **state)
{
	(void)state;
	assert_int_equal(alphabet_byte('A'), 'A');
	assert_int_equal(alphabet_byte(0x120), ' ');
	assert_int_equal(alphabet_byte(0x10a), '\n');
	assert_int_equal(alphabet_byte(0x109), '\t');
	assert_int_equal(alphabet_byte(0x100), 0);
	assert_int_equal(alphabet_byte(0x143), 173);
	assert_int_equal(alphabet_byte(0x121), 127);
	assert_int_equal(alphabet_byte(0x142), 160);
}

static void every_byte_is_written_and_read_back(void **state)
{
	char bytes[256], back[512];
	struct buf out;
	size_t n;

	(void)state;
	for (size_t i = 0; i < 256; i++)
		bytes[i] = (char)i;
	buf_init(&out);
	alphabet_append((struct slice){bytes, 256}, &out);
	assert_true(alphabet_decode(buf_slice(&out), back, &n));
	assert_int_equal(n, 256);
	assert_memory_equal(back, bytes, 256);
	buf_fini(&out);
}

static void what_is_no_letter_has_no_byte(void **state)
{
	(void)state;
	assert_int_equal(alphabet_byte(' '), -1);
	assert_int_equal(alphabet_byte('\n'), -1);
	assert_int_equal(alphabet_byte(173), -1);
	assert_int_equal(alphabet_byte(0x144), -1);
	assert_int_equal(alphabet_byte(0x4f60), -1);
}

static void text_with_another_character_is_not_decoded(void **state)
{
	char out[32];
	size_t n = 99;

	(void)state;
	assert_true(alphabet_decode(slice_of("\u0120the"), out, &n));
	assert_int_equal(n, 4);
	assert_memory_equal(out, " the", 4);
	n = 99;
	assert_false(alphabet_decode(slice_of("a b"), out, &n));
	assert_int_equal(n, 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_256_bytes_have_one_letter_each),
		cmocka_unit_test(known_letters_stand_for_their_bytes),
		cmocka_unit_test(every_byte_is_written_and_read_back),
		cmocka_unit_test(what_is_no_letter_has_no_byte),
		cmocka_unit_test(text_with_another_character_is_not_decoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
