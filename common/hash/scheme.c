#include "common/hash/scheme.h"

#include "common/base/assert.h"
#include "common/hash/digest.h"
#include "common/hash/serial.h"

#include <string.h>

static const struct {
	const char *name;
	size_t hash_bytes;
} row[] = {
	[HASH_SHA256] = {"sha256", DIGEST_SHA256_BYTES},
	[HASH_SHA256_CBOR] = {"sha256_cbor", DIGEST_SHA256_BYTES},
	[HASH_XXHASH] = {"xxhash", DIGEST_XXH128_BYTES},
	[HASH_XXHASH_CBOR] = {"xxhash_cbor", DIGEST_XXH128_BYTES},
	[HASH_TOKENS] = {"tokens", sizeof(uint64_t)},
};

/* As vLLM's init_none_hash does with PYTHONHASHSEED set. */
static void derive_none_hash(struct hash_scheme *s, struct slice seed)
{
	uint8_t byte[HASH_MAX_TEXT_BYTES + 32 + SERIAL_PAD];
	enum hash_algorithm a = s->algorithm;
	bool cbor = a == HASH_SHA256_CBOR || a == HASH_XXHASH_CBOR;
	size_t n = serial_text(cbor ? SERIAL_CBOR : SERIAL_PICKLE, seed, byte);

	if (s->hash_bytes == DIGEST_SHA256_BYTES)
		digest_sha256(byte, n, s->none_hash);
	else
		digest_xxh128(byte, n, s->none_hash);
}

bool hash_algorithm_parse(struct slice name, enum hash_algorithm *out)
{
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		if (!slice_equal(name, slice_of(row[i].name)))
			continue;
		*out = (enum hash_algorithm)i;
		return true;
	}
	return false;
}

const char *hash_algorithm_name(enum hash_algorithm a)
{
	ASSERT((size_t)a < ARRAY_LEN(row));
	return row[a].name;
}

enum status hash_scheme_init(struct hash_scheme *s, enum hash_algorithm a,
			     struct slice seed, size_t block_size)
{
	ASSERT((size_t)a < ARRAY_LEN(row));
	if (block_size == 0)
		return ERR_INVALID;
	if (block_size > HASH_MAX_BLOCK_SIZE || seed.n > HASH_MAX_TEXT_BYTES)
		return ERR_LIMIT;
	memset(s, 0, sizeof(*s));
	s->algorithm = a;
	s->block_size = block_size;
	s->hash_bytes = row[a].hash_bytes;
	if (a != HASH_TOKENS)
		derive_none_hash(s, seed);
	return OK;
}
