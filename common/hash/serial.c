#include "common/hash/serial.h"

#include "common/base/assert.h"

#include <endian.h>
#include <string.h>

/* Pickle's opcodes, by their names in CPython's pickletools. */
enum pickle_op {
	OP_PROTO = 0x80,
	OP_FRAME = 0x95,
	OP_MEMOIZE = 0x94,
	OP_MARK = 0x28,
	OP_TUPLE = 0x74,
	OP_TUPLE1 = 0x85,
	OP_TUPLE3 = 0x87,
	OP_NONE = 0x4e,
	OP_STOP = 0x2e,
	OP_BINGET = 0x68,
	OP_SHORT_BINBYTES = 0x43,
	OP_BINBYTES = 0x42,
	OP_SHORT_BINUNICODE = 0x8c,
	OP_BINUNICODE = 0x58,
	OP_BININT = 0x4a,
	OP_BININT1 = 0x4b,
	OP_BININT2 = 0x4d,
	OP_LONG1 = 0x8a,
};

/* Prologue and frame header: 80 05 95 and eight bytes of length. */
#define PICKLE_PROLOGUE 11

enum cbor_major {
	CBOR_UNSIGNED = 0x00,
	CBOR_NEGATIVE = 0x20,
	CBOR_BYTES = 0x40,
	CBOR_TEXT = 0x60,
	CBOR_ARRAY = 0x80,
	CBOR_NULL = 0xf6,
};

_Static_assert(SERIAL_MAX_BLOCK < 65536, "a pickle would need two frames");

static void store64(uint8_t *at, uint64_t v)
{
	memcpy(at, &v, sizeof(v));
}

static uint8_t *put_copy(uint8_t *at, struct slice s)
{
	if (s.n > 0)
		memcpy(at, s.p, s.n);
	return at + s.n;
}

/* Widths change from token to token, so a branch on them would be guessed
 * wrong every few tokens: both writers look up where the bytes go instead,
 * store eight and step over those that count. */
static uint8_t *put_cbor_uint(uint8_t *at, uint8_t major, uint32_t v)
{
	static const uint8_t head[4] = {0, 24, 25, 26};
	static const uint8_t shift[4] = {56, 48, 40, 24};
	static const uint8_t width[4] = {1, 2, 3, 5};
	unsigned c = (v > 23) + (v > 0xff) + (v > 0xffff);

	store64(at, htobe64((uint64_t)(head[c] | major) << 56 |
			    (uint64_t)v << shift[c]));
	return at + width[c];
}

static uint8_t *put_pickle_uint(uint8_t *at, uint32_t v)
{
	/* Past 2^31 it is LONG1 of five bytes, the last of them zero. */
	static const uint16_t head[4] = {OP_BININT1, OP_BININT2, OP_BININT,
					 OP_LONG1 | 5 << 8};
	static const uint8_t shift[4] = {8, 8, 8, 16};
	static const uint8_t width[4] = {2, 3, 5, 7};
	unsigned c = (v > 0xff) + (v > 0xffff) + (v > INT32_MAX);

	store64(at, htole64(head[c] | (uint64_t)v << shift[c]));
	return at + width[c];
}

static uint8_t *put_le32(uint8_t *at, uint32_t v)
{
	v = htole32(v);
	memcpy(at, &v, sizeof(v));
	return at + sizeof(v);
}

static uint8_t *put_pickle_int(uint8_t *at, int32_t v)
{
	if (v >= 0)
		return put_pickle_uint(at, (uint32_t)v);
	*at++ = OP_BININT;
	return put_le32(at, (uint32_t)v);
}

static uint8_t *put_pickle_string(uint8_t *at, uint8_t op, uint8_t long_op,
				  struct slice s)
{
	if (s.n < 256) {
		*at++ = op;
		*at++ = (uint8_t)s.n;
	} else {
		*at++ = long_op;
		at = put_le32(at, (uint32_t)s.n);
	}
	at = put_copy(at, s);
	*at++ = OP_MEMOIZE;
	return at;
}

static uint8_t *put_tuple_end(uint8_t *at, size_t n)
{
	*at++ = n < 4 ? (uint8_t)(OP_TUPLE1 + n - 1) : OP_TUPLE;
	*at++ = OP_MEMOIZE;
	return at;
}

/* CPython keeps one object for each string of one character up to U+00FF,
 * and pickle writes an object it has seen as a reference. */
static bool is_shared_object(struct slice s)
{
	return s.n == 1 || (s.n == 2 && ((uint8_t)s.p[0] & 0xfe) == 0xc2);
}

static bool has_text(const struct serial_key *k)
{
	return k->kind == SERIAL_TEXT || k->kind == SERIAL_ITEM;
}

/* Objects are numbered as they are written. `memo` notes the number that
 * each key's text got; `*next` is the number to come. */
static uint8_t *put_pickle_text(uint8_t *at, const struct serial_key *key,
				size_t i, uint8_t *memo, uint8_t *next)
{
	struct slice s = key[i].text;

	for (size_t j = 0; j < i && is_shared_object(s); j++) {
		if (!has_text(&key[j]) || !slice_equal(key[j].text, s))
			continue;
		memo[i] = memo[j];
		*at++ = OP_BINGET;
		*at++ = memo[j];
		return at;
	}
	memo[i] = (*next)++;
	return put_pickle_string(at, OP_SHORT_BINUNICODE, OP_BINUNICODE, s);
}

static uint8_t *put_pickle_key(uint8_t *at, const struct serial_key *key,
			       size_t i, uint8_t *memo, uint8_t *next)
{
	switch (key[i].kind) {
	case SERIAL_INT: return put_pickle_int(at, key[i].number);
	case SERIAL_BYTES:
		(*next)++;
		return put_pickle_string(at, OP_SHORT_BINBYTES, OP_BINBYTES,
					 key[i].text);
	case SERIAL_TEXT: return put_pickle_text(at, key, i, memo, next);
	case SERIAL_ITEM: break;
	}
	at = put_pickle_text(at, key, i, memo, next);
	at = put_pickle_int(at, key[i].number);
	(*next)++;
	return put_tuple_end(at, 2);
}

static uint8_t *put_pickle_tail(uint8_t *at, size_t block_size,
				const struct serial_key *key, size_t n)
{
	uint8_t memo[SERIAL_MAX_KEYS];
	uint8_t next = 2; /* behind the parent and the tuple of tokens */

	at = put_tuple_end(at, block_size);
	if (n == 0)
		*at++ = OP_NONE;
	if (n >= 4)
		*at++ = OP_MARK;
	for (size_t i = 0; i < n; i++)
		at = put_pickle_key(at, key, i, memo, &next);
	if (n > 0)
		at = put_tuple_end(at, n);
	at = put_tuple_end(at, 3);
	*at++ = OP_STOP;
	return at;
}

static uint8_t *put_cbor_int(uint8_t *at, int32_t v)
{
	if (v >= 0)
		return put_cbor_uint(at, CBOR_UNSIGNED, (uint32_t)v);
	/* -1 - v, which is the complement */
	return put_cbor_uint(at, CBOR_NEGATIVE, ~(uint32_t)v);
}

static uint8_t *put_cbor_string(uint8_t *at, uint8_t major, struct slice s)
{
	return put_copy(put_cbor_uint(at, major, (uint32_t)s.n), s);
}

static uint8_t *put_cbor_key(uint8_t *at, const struct serial_key *k)
{
	switch (k->kind) {
	case SERIAL_INT: return put_cbor_int(at, k->number);
	case SERIAL_BYTES: return put_cbor_string(at, CBOR_BYTES, k->text);
	case SERIAL_TEXT: return put_cbor_string(at, CBOR_TEXT, k->text);
	case SERIAL_ITEM: break;
	}
	at = put_cbor_uint(at, CBOR_ARRAY, 2);
	at = put_cbor_string(at, CBOR_TEXT, k->text);
	return put_cbor_int(at, k->number);
}

static uint8_t *put_cbor_tail(uint8_t *at, const struct serial_key *key,
			      size_t n)
{
	if (n == 0) {
		*at++ = CBOR_NULL;
		return at;
	}
	at = put_cbor_uint(at, CBOR_ARRAY, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		at = put_cbor_key(at, &key[i]);
	return at;
}

static uint8_t *put_pickle_prologue(uint8_t *at)
{
	*at++ = OP_PROTO;
	*at++ = 5;
	*at++ = OP_FRAME;
	return at + 8;
}

/* The frame's length counts what follows it. */
static void set_frame_length(uint8_t *start, size_t n)
{
	store64(start + 3, htole64(n - PICKLE_PROLOGUE));
}

void serial_block_init(struct serial_block *b, enum serial_format f,
		       size_t parent_bytes, size_t block_size)
{
	uint8_t *at = b->byte;

	ASSERT(parent_bytes < 256);
	ASSERT(block_size > 0 && block_size <= HASH_MAX_BLOCK_SIZE);
	b->format = f;
	b->block_size = block_size;
	if (f == SERIAL_CBOR) {
		at = put_cbor_uint(at, CBOR_ARRAY, 3);
		at = put_cbor_uint(at, CBOR_BYTES, (uint32_t)parent_bytes);
		b->parent_at = (size_t)(at - b->byte);
		at = put_cbor_uint(at + parent_bytes, CBOR_ARRAY,
				   (uint32_t)block_size);
	} else {
		at = put_pickle_prologue(at);
		*at++ = OP_SHORT_BINBYTES;
		*at++ = (uint8_t)parent_bytes;
		b->parent_at = (size_t)(at - b->byte);
		at += parent_bytes;
		*at++ = OP_MEMOIZE;
		if (block_size >= 4)
			*at++ = OP_MARK;
	}
	b->token_at = (size_t)(at - b->byte);
}

size_t serial_block_fill(struct serial_block *b, const uint32_t *token,
			 const struct serial_tail *t)
{
	uint8_t *at = b->byte + b->token_at;
	size_t n;

	if (b->format == SERIAL_CBOR)
		for (size_t i = 0; i < b->block_size; i++)
			at = put_cbor_uint(at, CBOR_UNSIGNED, token[i]);
	else
		for (size_t i = 0; i < b->block_size; i++)
			at = put_pickle_uint(at, token[i]);
	/* Nearly always there are no keys: a copy of fixed size is quicker. */
	if (t->n <= 8)
		memcpy(at, t->byte, 8);
	else
		memcpy(at, t->byte, t->n);
	n = (size_t)(at - b->byte) + t->n;
	if (b->format == SERIAL_PICKLE)
		set_frame_length(b->byte, n);
	return n;
}

enum status serial_tail_init(struct serial_tail *t, enum serial_format f,
			     size_t block_size, const struct serial_key *key,
			     size_t n)
{
	size_t room = SERIAL_MAX_TAIL - 16;
	uint8_t *end;

	if (n > SERIAL_MAX_KEYS)
		return ERR_LIMIT;
	for (size_t i = 0; i < n; i++) {
		if (key[i].text.n > room || room - key[i].text.n < 16)
			return ERR_LIMIT;
		room -= key[i].text.n + 16;
	}
	if (f == SERIAL_CBOR)
		end = put_cbor_tail(t->byte, key, n);
	else
		end = put_pickle_tail(t->byte, block_size, key, n);
	t->n = (size_t)(end - t->byte);
	return OK;
}

size_t serial_text(enum serial_format f, struct slice text, uint8_t *out)
{
	uint8_t *at = out;

	ASSERT(text.n <= HASH_MAX_TEXT_BYTES);
	if (f == SERIAL_CBOR)
		return (size_t)(put_cbor_string(at, CBOR_TEXT, text) - out);
	at = put_pickle_prologue(at);
	at = put_pickle_string(at, OP_SHORT_BINUNICODE, OP_BINUNICODE, text);
	*at++ = OP_STOP;
	set_frame_length(out, (size_t)(at - out));
	return (size_t)(at - out);
}
