#include "common/hash/serial.h"

#include "common/base/mem.h"
#include "tests/unit/hash/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Expected bytes were written by CPython's pickle and by hand for CBOR;
 * the parent is two bytes, 01 02, to keep them short. */
static void assert_block(enum serial_format f, const uint32_t *token,
			 size_t n_tokens, const struct serial_key *key,
			 size_t n_keys, const char *expected)
{
	struct serial_block *b = mem_alloc(sizeof(*b));
	struct serial_tail *t = mem_alloc(sizeof(*t));
	char *text = mem_alloc(2 * SERIAL_MAX_BLOCK + 1);
	size_t n;

	serial_block_init(b, f, 2, n_tokens);
	b->byte[b->parent_at] = 1;
	b->byte[b->parent_at + 1] = 2;
	assert_int_equal(serial_tail_init(t, f, n_tokens, key, n_keys), OK);
	n = serial_block_fill(b, token, t);
	assert_string_equal(hex_print(b->byte, n, text), expected);
	mem_free(text);
	mem_free(t);
	mem_free(b);
}

static void tokens_take_the_shortest_form(void **state)
{
	static const uint32_t token[] = {0,        23,        24,    255,
					 256,      65535,     65536, 0x7fffffff,
					 1U << 31, UINT32_MAX};

	(void)state;
	assert_block(SERIAL_CBOR, token, 10, NULL, 0,
		     "834201028a0017181818ff19010019ffff1a000100001a7fffffff1a"
		     "800000001afffffffff6");
	assert_block(
		SERIAL_PICKLE, token, 10, NULL, 0,
		"80059532000000000000004302010294284b004b174b184bff4d00014dffff"
		"4a000001004affffff7f8a0500000080008a05ffffffff0074944e87942e");
}

static void short_tuples_have_their_own_opcodes(void **state)
{
	static const uint32_t token[] = {1, 2, 3};

	(void)state;
	assert_block(SERIAL_PICKLE, token, 1, NULL, 0,
		     "8005950d0000000000000043020102944b0185944e87942e");
	assert_block(SERIAL_CBOR, token, 1, NULL, 0, "834201028101f6");
	assert_block(SERIAL_PICKLE, token, 2, NULL, 0,
		     "8005950f0000000000000043020102944b014b0286944e87942e");
	assert_block(SERIAL_CBOR, token, 2, NULL, 0, "83420102820102f6");
	assert_block(
		SERIAL_PICKLE, token, 3, NULL, 0,
		"800595110000000000000043020102944b014b024b0387944e87942e");
	assert_block(SERIAL_CBOR, token, 3, NULL, 0, "8342010283010203f6");
}

static void every_kind_of_key_is_written(void **state)
{
	static const uint32_t token[] = {5};
	const struct serial_key key[] = {
		{SERIAL_INT, {NULL, 0}, 300},
		{SERIAL_INT, {NULL, 0}, -25},
		{SERIAL_ITEM, SLICE("img"), -3},
		{SERIAL_BYTES, SLICE("\x07\x08")},
		{SERIAL_TEXT, SLICE("salt")},
	};

	(void)state;
	assert_block(SERIAL_CBOR, token, 1, key, 5,
		     "834201028105851901"
		     "2c381882"
		     "63696d67224207086473616c74");
	assert_block(
		SERIAL_PICKLE, token, 1, key, 5,
		"800595300000000000000043020102944b058594284d2c014ae7ffffff8c03"
		"696d67944afdffffff869443020708948c0473616c7494749487942e");
	assert_block(SERIAL_CBOR, token, 1, &key[4], 1,
		     "8342010281058164"
		     "73616c74");
}

/* Numbers of objects count everything memoised: 0 parent, 1 tokens, 2 the
 * first text, 3 its tuple, 4 the bytes. */
static void a_shared_character_is_a_reference_to_its_number(void **state)
{
	static const uint32_t token[] = {5};
	const struct serial_key key[] = {
		{SERIAL_ITEM, SLICE("b"), 1},
		{SERIAL_BYTES, SLICE("\x07\x08")},
		{SERIAL_TEXT, SLICE("\xc3\xa9")},
		{SERIAL_TEXT, SLICE("b")},
		{SERIAL_TEXT, SLICE("\xc3\xa9")},
		{SERIAL_TEXT, SLICE("\xc4\x81")},
		{SERIAL_TEXT, SLICE("\xc4\x81")},
	};

	(void)state;
	assert_block(
		SERIAL_PICKLE, token, 1, key, 7,
		"8005952f0000000000000043020102944b058594288c0162944b0186944302"
		"0708948c02c3a994680268058c02c481948c02c48194749487942e");
}

static void more_than_23_keys_need_a_longer_array_head(void **state)
{
	static const uint32_t token[] = {5};
	struct serial_key key[24] = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(key); i++)
		key[i].kind = SERIAL_INT;
	assert_block(SERIAL_CBOR, token, 1, key, 24,
		     "834201028105981800000000000000000000000000000000000000000"
		     "0000000");
}

static void too_many_or_too_long_keys_are_refused(void **state)
{
	static struct serial_key key[SERIAL_MAX_KEYS + 1];
	struct serial_tail *t = mem_zalloc(sizeof(*t));
	char *text = mem_zalloc(SERIAL_MAX_TAIL);

	(void)state;
	for (int f = SERIAL_PICKLE; f <= SERIAL_CBOR; f++) {
		enum serial_format format = (enum serial_format)f;

		memset(key, 0, sizeof(key));
		assert_int_equal(serial_tail_init(t, format, 1, key,
						  SERIAL_MAX_KEYS + 1),
				 ERR_LIMIT);
		key[0].text = (struct slice){text, SERIAL_MAX_TAIL};
		assert_int_equal(serial_tail_init(t, format, 1, key, 1),
				 ERR_LIMIT);
		key[0].text.n = HASH_MAX_TEXT_BYTES;
		key[1].text = key[2].text = key[0].text;
		assert_int_equal(serial_tail_init(t, format, 1, key, 3),
				 ERR_LIMIT);
		assert_int_equal(t->n, 0);
		assert_int_equal(serial_tail_init(t, format, 1, key, 2), OK);
		t->n = 0;
	}
	mem_free(text);
	mem_free(t);
}

static void texts_alone_are_framed(void **state)
{
	uint8_t out[64];
	char text[129];
	size_t n = serial_text(SERIAL_PICKLE, SLICE("42"), out);

	(void)state;
	assert_string_equal(hex_print(out, n, text),
			    "80059506000000000000008c023432942e");
	n = serial_text(SERIAL_CBOR, SLICE("42"), out);
	assert_string_equal(hex_print(out, n, text), "623432");
}

int main(void)
{
	const struct CMUnitTest test[] = {
		cmocka_unit_test(tokens_take_the_shortest_form),
		cmocka_unit_test(short_tuples_have_their_own_opcodes),
		cmocka_unit_test(every_kind_of_key_is_written),
		cmocka_unit_test(
			a_shared_character_is_a_reference_to_its_number),
		cmocka_unit_test(more_than_23_keys_need_a_longer_array_head),
		cmocka_unit_test(too_many_or_too_long_keys_are_refused),
		cmocka_unit_test(texts_alone_are_framed),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
