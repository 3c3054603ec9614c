#include "router/prompt/growing_chain.h"

#include <string.h>

#include "common/base/mem.h"

#define STRIDE GROWING_CHAIN_STRIDE

void growing_chain_fini(struct growing_chain *c)
{
	mem_free(c->key);
	mem_free(c->digest);
	*c = (struct growing_chain){0};
}

void growing_chain_cut(struct growing_chain *c, size_t n_blocks)
{
	if (n_blocks < c->n)
		c->n = n_blocks;
}

static bool same_scheme(const struct hash_scheme *a,
			const struct hash_scheme *b)
{
	return a->algorithm == b->algorithm && a->block_size == b->block_size &&
	       memcmp(a->none_hash, b->none_hash, a->hash_bytes) == 0;
}

static void reserve(struct growing_chain *c, size_t n)
{
	size_t strides = n / STRIDE;

	if (n > c->room) {
		c->room = n + n / 4;
		c->key = mem_realloc(c->key, c->room * sizeof(*c->key));
	}
	if (strides > c->digest_room) {
		c->digest_room = strides + strides / 4;
		c->digest = mem_realloc(c->digest,
					c->digest_room * HASH_MAX_BYTES);
	}
}

/* The blocks from `from`, a stride's start, up to its end or `n`. */
static enum status hash_stride(struct growing_chain *c,
			       const struct hash_extra *extra,
			       const uint32_t *token, size_t from, size_t n)
{
	uint8_t out[STRIDE * HASH_MAX_BYTES];
	size_t bytes = c->scheme.hash_bytes, at = from / STRIDE;
	size_t count = n - from < STRIDE ? n - from : STRIDE;
	const uint8_t *parent = at ? c->digest + (at - 1) * HASH_MAX_BYTES
				   : NULL;
	enum status status = chain_extend(&c->scheme, parent,
					  token + from * c->scheme.block_size,
					  count, extra, out);

	if (status != OK)
		return status;
	for (size_t i = 0; i < count; i++)
		c->key[from + i] = chain_key(&c->scheme, out + i * bytes);
	if (count == STRIDE)
		memcpy(c->digest + at * HASH_MAX_BYTES,
		       out + (STRIDE - 1) * bytes, bytes);
	return OK;
}

enum status growing_chain_extend(struct growing_chain *c,
				 const struct hash_scheme *s,
				 const struct hash_extra *extra,
				 const uint32_t *token, size_t n_tokens)
{
	size_t n = n_tokens / s->block_size;

	if (c->n > 0 && !same_scheme(&c->scheme, s))
		c->n = 0;
	c->scheme = *s;
	if (n <= c->n) {
		c->n = n;
		return OK;
	}
	reserve(c, n);
	for (size_t at = c->n - c->n % STRIDE; at < n; at += STRIDE) {
		enum status status = hash_stride(c, extra, token, at, n);

		if (status != OK) {
			c->n = 0;
			return status;
		}
	}
	c->n = n;
	return OK;
}

size_t growing_chain_bytes(const struct growing_chain *c)
{
	return c->room * sizeof(*c->key) + c->digest_room * HASH_MAX_BYTES;
}
