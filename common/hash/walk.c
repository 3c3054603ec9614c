#include "common/hash/walk.h"

#include "common/base/assert.h"
#include "common/hash/digest.h"
#include "common/hash/serial.h"

#include <xxhash.h>

#include <endian.h>
#include <string.h>

/* Where a run of blocks with the same extra keys leaves its hashes. */
struct walk {
	const struct hash_scheme *scheme;
	uint64_t *key;
	uint8_t *digest;
};

static void note_digest(struct walk *w, const uint8_t *hash)
{
	size_t bytes = w->scheme->hash_bytes;

	if (w->key) {
		uint64_t tail;

		memcpy(&tail, hash + bytes - sizeof(tail), sizeof(tail));
		*w->key++ = be64toh(tail);
	}
	if (w->digest) {
		memcpy(w->digest, hash, bytes);
		w->digest += bytes;
	}
}

static void walk_run(struct walk *w, struct serial_block *b,
		     const struct serial_tail *t, const uint32_t *token,
		     size_t n_blocks)
{
	bool sha = w->scheme->hash_bytes == DIGEST_SHA256_BYTES;
	uint8_t *parent = b->byte + b->parent_at;

	for (size_t i = 0; i < n_blocks; i++, token += b->block_size) {
		size_t n = serial_block_fill(b, token, t);

		/* The digest lands where the next block wants its parent. */
		if (sha)
			digest_sha256(b->byte, n, parent);
		else
			digest_xxh128(b->byte, n, parent);
		note_digest(w, parent);
	}
}

static void engine_tail(const struct hash_scheme *s, enum serial_format f,
			struct slice lora, struct slice salt,
			struct serial_tail *t)
{
	struct serial_key key[2];
	size_t n = 0;
	enum status st;

	if (lora.n > 0)
		key[n++] = (struct serial_key){SERIAL_TEXT, lora, 0};
	if (salt.n > 0)
		key[n++] = (struct serial_key){SERIAL_TEXT, salt, 0};
	st = serial_tail_init(t, f, s->block_size, key, n);
	ASSERT(st == OK);
}

static void walk_engine(struct walk *w, const uint8_t *parent,
			const uint32_t *token, size_t n_blocks,
			const struct hash_extra *extra, uint8_t *last)
{
	const struct hash_scheme *s = w->scheme;
	enum hash_algorithm a = s->algorithm;
	bool cbor = a == HASH_SHA256_CBOR || a == HASH_XXHASH_CBOR;
	enum serial_format f = cbor ? SERIAL_CBOR : SERIAL_PICKLE;
	struct slice none = {NULL, 0};
	struct serial_block b;
	struct serial_tail t;

	serial_block_init(&b, f, s->hash_bytes, s->block_size);
	memcpy(b.byte + b.parent_at, parent ? parent : s->none_hash,
	       s->hash_bytes);
	if (!parent && extra->salt.n > 0) {
		engine_tail(s, f, extra->lora, extra->salt, &t);
		walk_run(w, &b, &t, token, 1);
		token += s->block_size;
		n_blocks--;
	}
	engine_tail(s, f, extra->lora, none, &t);
	walk_run(w, &b, &t, token, n_blocks);
	if (last)
		memcpy(last, b.byte + b.parent_at, s->hash_bytes);
}

/* Ours: XXH3-64 over the parent's eight bytes and the token ids as 32 bits
 * little-endian. The adapter seeds every block; the salt is hashed in
 * place of the first parent. */
static void walk_tokens(struct walk *w, const uint8_t *parent,
			const uint32_t *token, size_t n_blocks,
			const struct hash_extra *extra, uint8_t *last)
{
	const struct hash_scheme *s = w->scheme;
	struct slice lora = extra->lora, salt = extra->salt;
	uint64_t seed = lora.n > 0 ? XXH3_64bits(lora.p, lora.n) : 0;
	size_t bytes = s->block_size * sizeof(*token);
	uint8_t block[sizeof(uint64_t) + sizeof(*token) * HASH_MAX_BLOCK_SIZE];
	uint64_t hash;

	_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
		       "token ids are copied as they are");
	memcpy(block, parent ? parent : s->none_hash, sizeof(hash));
	if (!parent && salt.n > 0) {
		hash = htobe64(XXH3_64bits(salt.p, salt.n));
		memcpy(block, &hash, sizeof(hash));
	}
	for (size_t i = 0; i < n_blocks; i++, token += s->block_size) {
		memcpy(block + sizeof(hash), token, bytes);
		hash = XXH3_64bits_withSeed(block, sizeof(hash) + bytes, seed);
		hash = htobe64(hash);
		memcpy(block, &hash, sizeof(hash));
		note_digest(w, block);
	}
	if (last)
		memcpy(last, block, sizeof(hash));
}

void walk_blocks(const struct hash_scheme *s, const uint8_t *parent,
		 const uint32_t *token, size_t n_blocks,
		 const struct hash_extra *extra, uint64_t *key, uint8_t *digest,
		 uint8_t *last)
{
	static const struct hash_extra nothing;
	struct walk w = {s, key, digest};

	if (n_blocks == 0)
		return;
	if (!extra)
		extra = &nothing;
	if (s->algorithm == HASH_TOKENS)
		walk_tokens(&w, parent, token, n_blocks, extra, last);
	else
		walk_engine(&w, parent, token, n_blocks, extra, last);
}

enum status walk_check(const struct hash_extra *extra)
{
	if (!extra)
		return OK;
	if (extra->lora.n > HASH_MAX_TEXT_BYTES ||
	    extra->salt.n > HASH_MAX_TEXT_BYTES)
		return ERR_LIMIT;
	return OK;
}
