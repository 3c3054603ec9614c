#include "router/prompt/growing_chain.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/base/ref.h"

#define STRIDE GROWING_CHAIN_STRIDE

struct chain_keys {
	struct ref ref;
	size_t room;
	uint64_t key[];
};

void chain_keys_give_back(struct chain_keys **held)
{
	struct chain_keys *k = *held;

	*held = NULL;
	if (k != NULL && ref_drop(&k->ref))
		mem_free(k);
}

void growing_chain_fini(struct growing_chain *c)
{
	chain_keys_give_back(&c->keys);
	mem_free(c->digest);
	mem_free(c->open);
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

static struct chain_keys *keys_create(size_t room)
{
	struct chain_keys *k = mem_alloc(sizeof(*k) + room * sizeof(*k->key));

	ref_init(&k->ref);
	k->room = room;
	return k;
}

/* Room for `n` keys, of which those from c->n on are nobody else's. */
static void reserve_keys(struct growing_chain *c, size_t n)
{
	struct chain_keys *old = c->keys;
	bool lent = old != NULL && !ref_is_only(&old->ref);

	if (!lent)
		c->lent = 0;
	if (old != NULL && n <= old->room && c->n >= c->lent)
		return;
	c->keys = keys_create(n + n / 4);
	if (c->n > 0)
		memcpy(c->keys->key, old->key, c->n * sizeof(*old->key));
	c->lent = 0;
	chain_keys_give_back(&old);
}

static void reserve(struct growing_chain *c, size_t n)
{
	size_t strides = n / STRIDE;

	reserve_keys(c, n);
	if (c->open == NULL)
		c->open = mem_alloc(STRIDE * HASH_MAX_BYTES);
	if (strides > c->digest_room) {
		c->digest_room = strides + strides / 4;
		c->digest = mem_realloc(c->digest,
					c->digest_room * HASH_MAX_BYTES);
	}
}

/* Whole hash of the block before `at`, of the stride from `from` on or the
 * one before that; NULL before the first. */
static const uint8_t *parent_of(const struct growing_chain *c, size_t from,
				size_t at)
{
	if (at > from)
		return c->open + (at - from - 1) * c->scheme.hash_bytes;
	return at > 0 ? c->digest + (at / STRIDE - 1) * HASH_MAX_BYTES : NULL;
}

/* The blocks from c->n on that lie in the stride from `from` on, up to its
 * end or `n`. */
static enum status hash_stride(struct growing_chain *c,
			       const struct hash_extra *extra,
			       const uint32_t *token, size_t from, size_t n)
{
	size_t bytes = c->scheme.hash_bytes;
	size_t end = n - from < STRIDE ? n : from + STRIDE;
	size_t at = c->n > from && c->open_at == from ? c->n : from;
	uint8_t *out = c->open + (at - from) * bytes;
	enum status status = chain_extend(&c->scheme, parent_of(c, from, at),
					  token + at * c->scheme.block_size,
					  end - at, extra, out);

	if (status != OK)
		return status;
	c->open_at = from;
	/* Those before c->n stand there, and may be lent. */
	for (size_t i = c->n > at ? c->n : at; i < end; i++)
		c->keys->key[i] = chain_key(&c->scheme,
					    c->open + (i - from) * bytes);
	if (end == from + STRIDE)
		memcpy(c->digest + from / STRIDE * HASH_MAX_BYTES,
		       c->open + (STRIDE - 1) * bytes, bytes);
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

struct chain growing_chain_lend(struct growing_chain *c,
				struct chain_keys **held)
{
	chain_keys_give_back(held);
	if (c->n == 0)
		return (struct chain){NULL, 0};
	ref_hold(&c->keys->ref);
	*held = c->keys;
	if (c->n > c->lent)
		c->lent = c->n;
	return (struct chain){c->keys->key, c->n};
}

size_t growing_chain_bytes(const struct growing_chain *c)
{
	size_t keys = c->keys != NULL ? sizeof(*c->keys) +
						c->keys->room * sizeof(uint64_t)
				      : 0;

	return keys + c->digest_room * HASH_MAX_BYTES +
	       (c->open != NULL ? STRIDE * HASH_MAX_BYTES : 0);
}
