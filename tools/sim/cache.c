#include "tools/sim/cache.h"

#include "common/base/assert.h"
#include "common/base/list.h"
#include "common/base/map.h"
#include "common/base/mem.h"

#include <string.h>

struct block {
	struct list node;   /* in the free queue while refs is 0 */
	struct block *same; /* another copy of the same content */
	unsigned refs;
	bool named;
	uint8_t digest[HASH_MAX_BYTES];
};

struct cache {
	const struct hash_scheme *scheme;
	const struct cache_sink *sink;
	void *arg;
	struct block *block;
	size_t n_blocks, n_free, n_named;
	struct list free; /* least recently used first */
	struct map by_digest;
};

static struct slice key_of(const struct cache *c, const uint8_t *digest)
{
	return (struct slice){(const char *)digest, c->scheme->hash_bytes};
}

static size_t blocks_for(const struct cache *c, size_t n_tokens)
{
	size_t b = c->scheme->block_size;

	return (n_tokens + b - 1) / b;
}

static void block_name(struct cache *c, struct block *b, const uint8_t *digest)
{
	struct block *first = map_find(&c->by_digest, key_of(c, digest));

	ASSERT(!b->named);
	memcpy(b->digest, digest, c->scheme->hash_bytes);
	b->named = true;
	b->same = NULL;
	c->n_named++;
	if (!first) {
		map_set(&c->by_digest, key_of(c, digest), b);
		return;
	}
	b->same = first->same;
	first->same = b;
}

static void block_forget(struct cache *c, struct block *b)
{
	struct slice key = key_of(c, b->digest);
	struct block *at = map_find(&c->by_digest, key);

	ASSERT(b->named && at);
	if (at == b && b->same) {
		map_set(&c->by_digest, key, b->same);
	} else if (at == b) {
		map_remove(&c->by_digest, key);
	} else {
		while (at->same != b)
			at = at->same;
		at->same = b->same;
	}
	b->named = false;
	b->same = NULL;
	c->n_named--;
}

static void block_hold(struct cache *c, struct block *b)
{
	if (b->refs++ == 0) {
		list_remove(&b->node);
		c->n_free--;
	}
}

static struct block *block_take(struct cache *c)
{
	struct list *node = c->free.next;
	struct block *b = LIST_ENTRY(node, struct block, node);

	ASSERT(c->n_free > 0);
	if (b->named) {
		c->sink->removed(c->arg, b->digest);
		block_forget(c, b);
	}
	block_hold(c, b);
	return b;
}

static void seq_hold(struct cache *c, struct seq *s, const struct block *b)
{
	if (s->n_blocks == s->blocks_size) {
		s->blocks_size = s->blocks_size ? s->blocks_size * 2 : 16;
		s->block = mem_realloc(s->block, s->blocks_size * 4);
	}
	s->block[s->n_blocks++] = (uint32_t)(b - c->block);
}

struct cache *cache_create(const struct hash_scheme *scheme, size_t n_blocks,
			   const struct cache_sink *sink, void *arg)
{
	struct cache *c = mem_zalloc(sizeof(*c));

	ASSERT(n_blocks >= 2 && n_blocks <= UINT32_MAX);
	c->scheme = scheme;
	c->sink = sink;
	c->arg = arg;
	c->n_blocks = n_blocks;
	c->block = mem_array(n_blocks, sizeof(*c->block));
	memset(c->block, 0, n_blocks * sizeof(*c->block));
	list_init(&c->free);
	map_init(&c->by_digest);
	for (size_t i = 1; i < n_blocks; i++)
		list_push_back(&c->free, &c->block[i].node);
	c->n_free = n_blocks - 1;
	return c;
}

void cache_destroy(struct cache **c)
{
	if (!*c)
		return;
	map_fini(&(*c)->by_digest);
	mem_free((*c)->block);
	mem_free(*c);
	*c = NULL;
}

size_t cache_match(struct cache *c, struct seq *s)
{
	size_t size = c->scheme->block_size, bytes = c->scheme->hash_bytes;
	size_t max = s->n ? (s->n - 1) / size : 0, hit = 0;
	const uint8_t *digest;

	if (!c->sink)
		return 0;
	digest = seq_digests(s, c->scheme, max);
	while (hit < max &&
	       map_find(&c->by_digest, key_of(c, digest + hit * bytes)))
		hit++;
	return hit * size;
}

bool cache_start(struct cache *c, struct seq *s, size_t hit, size_t n_tokens)
{
	size_t n_hit = hit / c->scheme->block_size, waiting = 0;
	size_t bytes = c->scheme->hash_bytes;
	struct block *b;

	ASSERT(s->n_blocks == 0 && n_hit <= s->n_digests);
	for (size_t i = 0; i < n_hit; i++) {
		b = map_find(&c->by_digest, key_of(c, s->digest + i * bytes));
		ASSERT(b);
		waiting += b->refs == 0;
	}
	if (blocks_for(c, n_tokens) - n_hit + waiting > c->n_free)
		return false;
	for (size_t i = 0; i < n_hit; i++) {
		b = map_find(&c->by_digest, key_of(c, s->digest + i * bytes));
		block_hold(c, b);
		seq_hold(c, s, b);
	}
	s->n_named = n_hit;
	return cache_grow(c, s, n_tokens);
}

bool cache_grow(struct cache *c, struct seq *s, size_t n_tokens)
{
	size_t want = blocks_for(c, n_tokens);

	if (want > s->n_blocks && want - s->n_blocks > c->n_free)
		return false;
	while (s->n_blocks < want)
		seq_hold(c, s, block_take(c));
	return true;
}

void cache_commit(struct cache *c, struct seq *s, size_t n_tokens)
{
	size_t size = c->scheme->block_size, bytes = c->scheme->hash_bytes;
	size_t from = s->n_named, to = n_tokens / size;
	struct cache_run run = {.extra = &s->extra};
	const uint8_t *digest;

	ASSERT(n_tokens <= s->n && to <= s->n_blocks);
	if (to <= from || !c->sink)
		return;
	digest = seq_digests(s, c->scheme, to);
	for (size_t i = from; i < to; i++)
		block_name(c, &c->block[s->block[i]], digest + i * bytes);
	s->n_named = to;
	run.digest = digest + from * bytes;
	run.n_blocks = to - from;
	run.parent = from > 0 ? digest + (from - 1) * bytes : NULL;
	run.token = s->token + from * size;
	c->sink->stored(c->arg, &run);
}

void cache_release(struct cache *c, struct seq *s)
{
	while (s->n_blocks > 0) {
		struct block *b = &c->block[s->block[--s->n_blocks]];

		ASSERT(b->refs > 0);
		if (--b->refs > 0)
			continue;
		list_push_back(&c->free, &b->node);
		c->n_free++;
	}
	s->n_named = 0;
}

bool cache_reset(struct cache *c)
{
	if (c->n_free != c->n_blocks - 1)
		return false;
	for (size_t i = 1; i < c->n_blocks; i++)
		if (c->block[i].named)
			block_forget(c, &c->block[i]);
	if (c->sink)
		c->sink->cleared(c->arg);
	return true;
}

size_t cache_free_blocks(const struct cache *c)
{
	return c->n_free;
}

size_t cache_usable_blocks(const struct cache *c)
{
	return c->n_blocks - 1;
}

size_t cache_named_blocks(const struct cache *c)
{
	return c->n_named;
}

void cache_each(const struct cache *c,
		void (*each)(void *arg, const uint8_t *digest, unsigned refs),
		void *arg)
{
	for (size_t i = 1; i < c->n_blocks; i++)
		if (c->block[i].named)
			each(arg, c->block[i].digest, c->block[i].refs);
}
