#include "tests/unit/token/fixture.h"

#include "common/token/block.h"

static struct block read(const char *text, size_t n)
{
	char room[BLOCK_BYTES] = {0};
	struct block b;

	memcpy(room, text, n);
	block_read(room, n, &b);
	return b;
}

static void each_character_has_one_class(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		char text[1] = {(char)c};
		struct block b = read(text, 1);
		bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
		bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
		bool known = space || (c > ' ' && c < 0x7f);
		bool digit = c >= '0' && c <= '9';

		assert_int_equal(b.n, known);
		assert_int_equal(b.letter, letter);
		assert_int_equal(b.upper, c >= 'A' && c <= 'Z');
		assert_int_equal(b.digit, digit);
		assert_int_equal(b.space, space);
		assert_int_equal(b.blank, c == ' ');
		assert_int_equal(b.newline, c == '\n' || c == '\r');
		assert_int_equal(b.sign, known && !letter && !digit && !space);
		assert_int_equal(b.slash, c == '/');
		assert_int_equal(b.apostrophe, c == '\'');
	}
}

static void bits_stand_where_the_characters_do(void **state)
{
	struct block b = read("aB1 \t\n./'x", 10);

	(void)state;
	assert_int_equal(b.n, 10);
	assert_int_equal(b.letter, 0x203);
	assert_int_equal(b.upper, 0x002);
	assert_int_equal(b.digit, 0x004);
	assert_int_equal(b.space, 0x038);
	assert_int_equal(b.blank, 0x008);
	assert_int_equal(b.newline, 0x020);
	assert_int_equal(b.sign, 0x1c0);
	assert_int_equal(b.slash, 0x080);
	assert_int_equal(b.apostrophe, 0x100);
}

static void nothing_is_seen_from_the_first_odd_character_on(void **state)
{
	static const char *const odd[] = {"ab\u00e9 c", "ab\x01 c", "ab\x7f c"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		struct block b = read(odd[i], strlen(odd[i]));

		assert_int_equal(b.n, 2);
		assert_int_equal(b.letter, 3);
		assert_int_equal(b.space | b.sign, 0);
	}
}

static void nothing_is_seen_behind_the_end(void **state)
{
	char text[BLOCK_BYTES];
	struct block b;

	(void)state;
	memset(text, 'x', sizeof(text));
	for (unsigned n = 0; n <= BLOCK_BYTES; n++) {
		block_read(text, n, &b);
		assert_int_equal(b.n, n);
		assert_int_equal(__builtin_popcountll(b.letter), n);
	}
	block_read(text, 1000, &b);
	assert_int_equal(b.n, BLOCK_BYTES);
}

static void text_may_be_cut_between_a_letter_and_a_blank(void **state)
{
	(void)state;
	assert_int_equal(block_sync("one two", 7, 0), 3);
	assert_int_equal(block_sync("one two", 7, 3), 7);
	assert_int_equal(block_sync("1 ) \u00e9 a\n b", 11, 0), 11);
	assert_int_equal(block_sync("x", 1, 0), 1);
	assert_int_equal(block_sync("", 0, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_character_has_one_class),
		cmocka_unit_test(bits_stand_where_the_characters_do),
		cmocka_unit_test(
			nothing_is_seen_from_the_first_odd_character_on),
		cmocka_unit_test(nothing_is_seen_behind_the_end),
		cmocka_unit_test(text_may_be_cut_between_a_letter_and_a_blank),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
