#include "tools/sim/host.h"

#include "common/base/assert.h"
#include "common/base/list.h"
#include "common/base/map.h"
#include "common/base/mem.h"

#include <string.h>

struct entry {
	struct list node; /* by use */
	uint8_t digest[HASH_MAX_BYTES];
};

struct host {
	const struct hash_scheme *scheme;
	struct host_link link;
	const struct host_sink *sink;
	void *arg;
	size_t n, max;
	struct list used; /* least recently used first */
	struct map by_digest;
	double free_s; /* when the link is */
};

static struct slice key_of(const struct host *h, const uint8_t *digest)
{
	return (struct slice){(const char *)digest, h->scheme->hash_bytes};
}

static struct entry *find(const struct host *h, const uint8_t *digest)
{
	return map_find(&h->by_digest, key_of(h, digest));
}

static void use(struct host *h, struct entry *e)
{
	list_remove(&e->node);
	list_push_back(&h->used, &e->node);
}

/* The entry of the block that was used longest ago, for another one. */
static struct entry *evict(struct host *h)
{
	struct entry *e = LIST_ENTRY(h->used.next, struct entry, node);

	h->sink->removed(h->arg, e->digest);
	map_remove(&h->by_digest, key_of(h, e->digest));
	list_remove(&e->node);
	h->n--;
	return e;
}

static void insert(struct host *h, const uint8_t *digest)
{
	struct entry *e = h->n < h->max ? mem_alloc(sizeof(*e)) : evict(h);

	memcpy(e->digest, digest, h->scheme->hash_bytes);
	map_set(&h->by_digest, key_of(h, digest), e);
	list_push_back(&h->used, &e->node);
	h->n++;
}

/* Tail first, so that heads outlive tails. */
static void use_all(struct host *h, const uint8_t *digest, size_t n)
{
	while (n-- > 0) {
		struct entry *e = find(h, digest + n * h->scheme->hash_bytes);

		if (e)
			use(h, e);
	}
}

struct host *host_create(const struct hash_scheme *scheme, size_t n_blocks,
			 const struct host_link *link,
			 const struct host_sink *sink, void *arg)
{
	struct host *h = mem_zalloc(sizeof(*h));

	ASSERT(n_blocks > 0);
	h->scheme = scheme;
	h->link = *link;
	h->sink = sink;
	h->arg = arg;
	h->max = n_blocks;
	list_init(&h->used);
	map_init(&h->by_digest);
	return h;
}

void host_destroy(struct host **hp)
{
	struct host *h = *hp;
	struct list *it, *tmp;

	if (!h)
		return;
	LIST_EACH (it, tmp, &h->used) {
		mem_free(LIST_ENTRY(it, struct entry, node));
	}
	map_fini(&h->by_digest);
	mem_free(h);
	*hp = NULL;
}

size_t host_count(const struct host *h, const uint8_t *digest, size_t n)
{
	size_t i = 0;

	while (i < n && find(h, digest + i * h->scheme->hash_bytes))
		i++;
	return i;
}

size_t host_match(struct host *h, struct seq *s, size_t here)
{
	size_t size = h->scheme->block_size, bytes = h->scheme->hash_bytes;
	size_t from = here / size, max = s->n ? (s->n - 1) / size : 0;
	const uint8_t *digest;

	if (max <= from)
		return here;
	digest = seq_digests(s, h->scheme, max);
	use_all(h, digest, max);
	return (from + host_count(h, digest + from * bytes, max - from)) * size;
}

/* Blocks from `from` to `to` are not there: stored and told as one run. */
static void store_run(struct host *h, struct seq *s, size_t from, size_t to)
{
	size_t size = h->scheme->block_size, bytes = h->scheme->hash_bytes;
	struct cache_run run = {
		.digest = s->digest + from * bytes,
		.n_blocks = to - from,
		.parent = from > 0 ? s->digest + (from - 1) * bytes : NULL,
		.token = s->token + from * size,
		.extra = &s->extra,
	};

	for (size_t i = to; i > from; i--)
		insert(h, s->digest + (i - 1) * bytes);
	h->sink->stored(h->arg, &run);
}

void host_store(struct host *h, struct seq *s, size_t n_tokens)
{
	size_t bytes = h->scheme->hash_bytes;
	size_t n = n_tokens / h->scheme->block_size, at = 0;
	const uint8_t *digest = seq_digests(s, h->scheme, n);

	/* More than it holds is not worth the room. */
	n = n < h->max ? n : h->max;
	use_all(h, digest, n);
	while (at < n) {
		size_t from = at + host_count(h, digest + at * bytes, n - at);

		at = from;
		while (at < n && !find(h, digest + at * bytes))
			at++;
		if (at > from)
			store_run(h, s, from, at);
	}
}

double host_load(struct host *h, double now_s, size_t tokens)
{
	double from_s = now_s > h->free_s ? now_s : h->free_s;

	h->free_s = from_s + h->link.load_s + h->link.token_s * (double)tokens;
	return h->free_s;
}

size_t host_blocks(const struct host *h)
{
	return h->n;
}

size_t host_max_blocks(const struct host *h)
{
	return h->max;
}
