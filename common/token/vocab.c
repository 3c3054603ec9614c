#include "common/token/vocab.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "common/base/assert.h"
#include "common/base/mem.h"

#define MIN_SLOTS 16

void vocab_init(struct vocab *v, size_t n_id, size_t n_entry)
{
	ASSERT(n_id <= VOCAB_MAX_ID);
	*v = (struct vocab){.n_id = n_id, .n_slot = MIN_SLOTS};
	buf_init(&v->bytes);
	while (v->n_slot < n_entry * 2)
		v->n_slot *= 2;
	(void)buf_reserve(&v->bytes, 1);
	v->entry = mem_zalloc((n_id + 1) * sizeof(*v->entry));
	v->slot = mem_array(v->n_slot, sizeof(*v->slot));
	memset(v->slot, 0xff, v->n_slot * sizeof(*v->slot));
	v->direct = mem_zalloc((n_id / 64 + 1) * sizeof(*v->direct));
}

void vocab_fini(struct vocab *v)
{
	buf_fini(&v->bytes);
	mem_free(v->entry);
	mem_free(v->slot);
	mem_free(v->direct);
	*v = (struct vocab){0};
}

static inline uint64_t hash_of(const char *p, size_t n)
{
	return XXH3_64bits(p, n);
}

static inline bool same(const struct vocab *v, uint32_t id, const char *p,
			size_t n)
{
	const struct vocab_entry *e = &v->entry[id];

	return e->n == n && memcmp(v->bytes.p + e->start, p, n) == 0;
}

uint32_t vocab_find(const struct vocab *v, struct slice text, bool plain)
{
	uint64_t hash = hash_of(text.p, text.n);
	size_t mask = v->n_slot - 1;

	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		const struct vocab_slot *s = &v->slot[i];

		if (s->id == VOCAB_NONE)
			return VOCAB_NONE;
		if (s->tag == hash >> 32 && v->entry[s->id].plain == plain &&
		    same(v, s->id, text.p, text.n))
			return s->id;
	}
}

enum status vocab_add(struct vocab *v, uint32_t id, struct slice text,
		      bool plain)
{
	uint64_t hash = hash_of(text.p, text.n);
	size_t mask = v->n_slot - 1, i = hash & mask;

	if (id >= v->n_id || text.n > VOCAB_MAX_TEXT ||
	    buf_len(&v->bytes) > UINT32_MAX - text.n)
		return ERR_LIMIT;
	if (v->entry[id].used || vocab_find(v, text, plain) != VOCAB_NONE)
		return ERR_INVALID;
	v->entry[id] = (struct vocab_entry){
		.start = (uint32_t)buf_len(&v->bytes),
		.n = (uint32_t)text.n,
		.plain = plain,
		.used = 1,
	};
	buf_append(&v->bytes, text);
	while (v->slot[i].id != VOCAB_NONE)
		i = (i + 1) & mask;
	v->slot[i] = (struct vocab_slot){(uint32_t)(hash >> 32), id};
	v->n_used++;
	ASSERT(v->n_used < v->n_slot);
	return OK;
}

struct slice vocab_text(const struct vocab *v, uint32_t id)
{
	if (id >= v->n_id || !v->entry[id].used)
		return (struct slice){0};
	return (struct slice){v->bytes.p + v->entry[id].start, v->entry[id].n};
}

size_t vocab_bytes(const struct vocab *v)
{
	return v->bytes.size + v->n_id * sizeof(*v->entry) +
	       v->n_slot * sizeof(*v->slot) + v->n_id / 8;
}

void vocab_set_direct(struct vocab *v, uint32_t id)
{
	ASSERT(id < v->n_id);
	v->direct[id / 64] |= (uint64_t)1 << id % 64;
}

uint32_t vocab_direct(const struct vocab *v, const char *p, size_t n)
{
	uint64_t hash = hash_of(p, n);
	size_t mask = v->n_slot - 1;

	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		const struct vocab_slot *s = &v->slot[i];

		if (s->id == VOCAB_NONE)
			return VOCAB_NONE;
		if (s->tag != hash >> 32 || !same(v, s->id, p, n))
			continue;
		if (v->direct[s->id / 64] >> s->id % 64 & 1)
			return s->id;
	}
}
