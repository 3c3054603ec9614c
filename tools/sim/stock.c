#include "tools/sim/stock.h"

#include "common/base/fingerprint.h"
#include "common/base/mem.h"

struct chunk {
	struct list node;
	uint64_t name;
};

static struct slice key_of(const uint64_t *name)
{
	return (struct slice){(const char *)name, sizeof(*name)};
}

static void chunk_free(struct stock *s, struct chunk *c)
{
	map_remove(&s->by_name, key_of(&c->name));
	list_remove(&c->node);
	s->n--;
	mem_free(c);
}

void stock_init(struct stock *s)
{
	*s = (struct stock){0};
	list_init(&s->all);
	map_init(&s->by_name);
}

void stock_fini(struct stock *s)
{
	while (s->n > 0)
		chunk_free(s, LIST_ENTRY(s->all.next, struct chunk, node));
	map_fini(&s->by_name);
}

size_t stock_chunks(size_t n)
{
	return (n + STOCK_CHUNK_TOKENS - 1) / STOCK_CHUNK_TOKENS;
}

void stock_name(const uint32_t *token, size_t n, uint64_t *name)
{
	uint64_t before = 0;

	for (size_t i = 0; i < stock_chunks(n); i++) {
		size_t at = i * STOCK_CHUNK_TOKENS;
		size_t size = n - at < STOCK_CHUNK_TOKENS ? n - at
							  : STOCK_CHUNK_TOKENS;
		struct slice bytes = {(const char *)(token + at),
				      size * sizeof(*token)};

		name[i] = before = fingerprint64(bytes, before);
	}
}

void stock_put(struct stock *s, uint64_t name)
{
	struct chunk *c = map_find(&s->by_name, key_of(&name));

	if (c)
		return;
	if (s->n == STOCK_MAX_CHUNKS)
		chunk_free(s, LIST_ENTRY(s->all.next, struct chunk, node));
	c = mem_zalloc(sizeof(*c));
	c->name = name;
	map_set(&s->by_name, key_of(&name), c);
	list_push_back(&s->all, &c->node);
	s->n++;
}

size_t stock_take(struct stock *s, const uint32_t *token, size_t n)
{
	size_t chunks = stock_chunks(n), hit = 0;
	uint64_t *name;
	struct chunk *c;

	if (s->n == 0 || n == 0)
		return 0;
	name = mem_array(chunks, sizeof(*name));
	stock_name(token, n, name);
	while (hit < chunks &&
	       (c = map_find(&s->by_name, key_of(&name[hit])))) {
		chunk_free(s, c);
		hit++;
	}
	mem_free(name);
	return hit * STOCK_CHUNK_TOKENS < n ? hit * STOCK_CHUNK_TOKENS : n;
}
