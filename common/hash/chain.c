#include "common/hash/chain.h"

#include "common/hash/walk.h"

#include <endian.h>
#include <string.h>

enum status chain_hash(const struct hash_scheme *s, const uint32_t *token,
		       size_t n, const struct hash_extra *extra,
		       size_t max_blocks, struct arena *arena,
		       struct chain *out)
{
	size_t n_blocks = n / s->block_size;
	struct chain c = {NULL, n_blocks};

	if (n_blocks > max_blocks || walk_check(extra) != OK)
		return ERR_LIMIT;
	if (n_blocks > 0)
		c.key = arena_array(arena, n_blocks, sizeof(*c.key));
	walk_blocks(s, NULL, token, n_blocks, extra, c.key, NULL, NULL);
	*out = c;
	return OK;
}

enum status chain_digests(const struct hash_scheme *s, const uint32_t *token,
			  size_t n, const struct hash_extra *extra,
			  uint8_t *out)
{
	return chain_extend(s, NULL, token, n / s->block_size, extra, out);
}

enum status chain_extend(const struct hash_scheme *s, const uint8_t *parent,
			 const uint32_t *token, size_t n_blocks,
			 const struct hash_extra *extra, uint8_t *out)
{
	if (walk_check(extra) != OK)
		return ERR_LIMIT;
	walk_blocks(s, parent, token, n_blocks, extra, NULL, out, NULL);
	return OK;
}

uint64_t chain_key(const struct hash_scheme *s, const uint8_t *hash)
{
	uint64_t tail;

	memcpy(&tail, hash + s->hash_bytes - sizeof(tail), sizeof(tail));
	return be64toh(tail);
}
