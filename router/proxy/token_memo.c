#include "router/proxy/token_memo.h"

#include <string.h>

#include "common/base/list.h"
#include "common/base/map.h"
#include "common/base/mem.h"

/* What the map and the allocator add to an entry. */
#define OVERHEAD 128

struct entry {
	struct list link; /* most recently asked for first */
	struct fingerprint_value key;
	size_t n;
	uint32_t token[];
};

struct token_memo {
	struct map by_key;
	struct list recent;
	size_t bytes, max_bytes;
};

static struct slice key_slice(const struct fingerprint_value *key)
{
	return (struct slice){(const char *)key, sizeof(*key)};
}

static size_t entry_bytes(size_t n)
{
	return sizeof(struct entry) + n * sizeof(uint32_t) + OVERHEAD;
}

struct token_memo *token_memo_create(size_t max_bytes)
{
	struct token_memo *m = mem_zalloc(sizeof(*m));

	m->max_bytes = max_bytes;
	map_init(&m->by_key);
	list_init(&m->recent);
	return m;
}

static void drop(struct token_memo *m, struct entry *e)
{
	map_remove(&m->by_key, key_slice(&e->key));
	list_remove(&e->link);
	m->bytes -= entry_bytes(e->n);
	mem_free(e);
}

static struct entry *oldest(struct token_memo *m)
{
	return LIST_ENTRY(m->recent.prev, struct entry, link);
}

void token_memo_destroy(struct token_memo **mp)
{
	struct token_memo *m = *mp;

	if (m == NULL)
		return;
	while (!list_empty(&m->recent))
		drop(m, oldest(m));
	map_fini(&m->by_key);
	mem_free(m);
	*mp = NULL;
}

const uint32_t *token_memo_get(struct token_memo *m,
			       struct fingerprint_value key, size_t *n)
{
	struct entry *e = map_find(&m->by_key, key_slice(&key));

	if (e == NULL)
		return NULL;
	list_remove(&e->link);
	list_push_front(&m->recent, &e->link);
	*n = e->n;
	return e->token;
}

void token_memo_put(struct token_memo *m, struct fingerprint_value key,
		    const uint32_t *token, size_t n)
{
	size_t bytes = entry_bytes(n);
	struct entry *e;

	if (bytes > m->max_bytes ||
	    map_find(&m->by_key, key_slice(&key)) != NULL)
		return;
	while (m->bytes + bytes > m->max_bytes)
		drop(m, oldest(m));
	e = mem_alloc(sizeof(*e) + n * sizeof(uint32_t));
	e->key = key;
	e->n = n;
	if (n > 0)
		memcpy(e->token, token, n * sizeof(uint32_t));
	list_push_front(&m->recent, &e->link);
	map_set(&m->by_key, key_slice(&key), e);
	m->bytes += bytes;
}

size_t token_memo_bytes(const struct token_memo *m)
{
	return m->bytes;
}
