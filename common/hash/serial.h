/* The bytes that vLLM hashes for a block: the tuple (parent, tokens, extra)
 * as pickle protocol 5, or as canonical CBOR (RFC 8949, 4.2.1).
 *
 * Both are fully determined for these values. A pickle's frame is cut at
 * 64 KiB; the bounds below keep every block in one. Pure; any thread. */
#ifndef COMMON_HASH_SERIAL_H
#define COMMON_HASH_SERIAL_H

#include "common/hash/scheme.h"

enum serial_format { SERIAL_PICKLE, SERIAL_CBOR };

enum serial_key_kind {
	SERIAL_TEXT,  /* adapter's name, cache_salt, identifier */
	SERIAL_BYTES, /* digest of prompt embeddings */
	SERIAL_INT,   /* adapter's number: vLLM up to 0.11.0 */
	SERIAL_ITEM,  /* (text, number): multimodal, vLLM from 0.19 */
};

/* A member of the extra tuple. `text` is UTF-8, or SERIAL_BYTES' bytes. */
struct serial_key {
	enum serial_key_kind kind;
	struct slice text;
	int32_t number;
};

#define SERIAL_MAX_KEYS 64
/* Two texts and what stands round them. */
#define SERIAL_MAX_TAIL (2 * (HASH_MAX_TEXT_BYTES + 16) + 32)
#define SERIAL_MAX_HEAD 64
/* A token takes at most 7 bytes, as a pickle past 2^31. */
#define SERIAL_MAX_BLOCK                                                       \
	(SERIAL_MAX_HEAD + 7 * HASH_MAX_BLOCK_SIZE + SERIAL_MAX_TAIL)
/* Room behind a block that its hash may write to: SHA-256's padding. */
#define SERIAL_PAD 128

/* What follows the tokens: the same for every block with these keys. */
struct serial_tail {
	size_t n;
	uint8_t byte[SERIAL_MAX_TAIL];
};

/* One block's bytes. Only tokens and parent change along a chain, so
 * the head is laid down once and the parent overwritten in its place. */
struct serial_block {
	enum serial_format format;
	size_t block_size; /* tokens */
	size_t parent_at;  /* where the parent's bytes go */
	size_t token_at;
	uint8_t byte[SERIAL_MAX_BLOCK + SERIAL_PAD];
};

/* `parent_bytes` is below 256 (16 or 32 in practice), `block_size` at
 * least 1 and within HASH_MAX_BLOCK_SIZE. */
void serial_block_init(struct serial_block *b, enum serial_format f,
		       size_t parent_bytes, size_t block_size);
/* Writes tokens and tail; returns how many bytes the block now has. */
size_t serial_block_fill(struct serial_block *b, const uint32_t *token,
			 const struct serial_tail *t);

/* Without keys, extra is None. ERR_LIMIT past SERIAL_MAX_KEYS or _TAIL. */
MUST_USE enum status serial_tail_init(struct serial_tail *t,
				      enum serial_format f, size_t block_size,
				      const struct serial_key *key, size_t n);

/* A text alone, as the first parent is derived from the seed. `out` has
 * room for text.n + 32 bytes; text is within HASH_MAX_TEXT_BYTES. */
size_t serial_text(enum serial_format f, struct slice text, uint8_t *out);

#endif
