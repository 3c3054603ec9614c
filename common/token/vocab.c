#include "common/token/vocab.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "common/base/assert.h"
#include "common/base/mem.h"

#define SPARE_SLOTS 16

void vocab_init(struct vocab *v, size_t n_id, size_t n_entry)
{
	ASSERT(n_id <= VOCAB_MAX_ID);
	*v = (struct vocab){.n_id = n_id};
	/* Two thirds more than entries: few are looked at in vain. */
	v->n_slot = n_entry + n_entry / 3 * 2 + SPARE_SLOTS;
	buf_init(&v->bytes);
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

static inline uint32_t tag_of(uint64_t hash)
{
	return (uint32_t)(hash >> 32);
}

static inline size_t first_slot(const struct vocab *v, uint64_t hash)
{
	return (hash & UINT32_MAX) * v->n_slot >> 32;
}

static inline size_t next_slot(const struct vocab *v, size_t i)
{
	return i + 1 < v->n_slot ? i + 1 : 0;
}

static inline bool same(const struct vocab *v, uint32_t id, const char *p,
			size_t n)
{
	const struct vocab_entry *e = &v->entry[id];

	return e->n == n && memcmp(v->bytes.p + e->start, p, n) == 0;
}

/* The entry's slot, or the free one where it would stand. */
static struct vocab_slot *slot_of(const struct vocab *v, uint64_t hash,
				  struct slice text, bool plain)
{
	for (size_t i = first_slot(v, hash);; i = next_slot(v, i)) {
		struct vocab_slot *s = &v->slot[i];

		if (s->id == VOCAB_NONE ||
		    (s->tag == tag_of(hash) && v->entry[s->id].plain == plain &&
		     same(v, s->id, text.p, text.n)))
			return s;
	}
}

uint32_t vocab_find(const struct vocab *v, struct slice text, bool plain)
{
	return slot_of(v, hash_of(text.p, text.n), text, plain)->id;
}

/* Three tables, each of which says where in the next one to look. */
void vocab_fetch(const struct vocab *v, const struct slice *text, size_t n)
{
	uint64_t hash[VOCAB_FETCH];
	uint32_t id[VOCAB_FETCH];

	ASSERT(n <= VOCAB_FETCH);
	for (size_t i = 0; i < n; i++) {
		hash[i] = hash_of(text[i].p, text[i].n);
		__builtin_prefetch(&v->slot[first_slot(v, hash[i])]);
	}
	for (size_t i = 0; i < n; i++) {
		size_t at = first_slot(v, hash[i]);

		while (v->slot[at].id != VOCAB_NONE &&
		       v->slot[at].tag != tag_of(hash[i]))
			at = next_slot(v, at);
		id[i] = v->slot[at].id;
		if (id[i] != VOCAB_NONE)
			__builtin_prefetch(&v->entry[id[i]]);
	}
	for (size_t i = 0; i < n; i++)
		if (id[i] != VOCAB_NONE)
			__builtin_prefetch(v->bytes.p + v->entry[id[i]].start);
}

enum status vocab_add(struct vocab *v, uint32_t id, struct slice text,
		      bool plain)
{
	uint64_t hash = hash_of(text.p, text.n);
	struct vocab_slot *s;

	if (id >= v->n_id || text.n > VOCAB_MAX_TEXT ||
	    buf_len(&v->bytes) > UINT32_MAX - text.n)
		return ERR_LIMIT;
	s = slot_of(v, hash, text, plain);
	if (v->entry[id].used || s->id != VOCAB_NONE)
		return ERR_INVALID;
	v->entry[id] = (struct vocab_entry){
		.start = (uint32_t)buf_len(&v->bytes),
		.n = (uint32_t)text.n,
		.plain = plain,
		.used = 1,
	};
	buf_append(&v->bytes, text);
	*s = (struct vocab_slot){tag_of(hash), id};
	v->n_used++;
	ASSERT(v->n_used < v->n_slot);
	return OK;
}

void vocab_seal(struct vocab *v)
{
	while (v->n_id > 0 && !v->entry[v->n_id - 1].used)
		v->n_id--;
	v->entry = mem_realloc(v->entry, (v->n_id + 1) * sizeof(*v->entry));
	buf_trim(&v->bytes);
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

	for (size_t i = first_slot(v, hash);; i = next_slot(v, i)) {
		const struct vocab_slot *s = &v->slot[i];

		if (s->id == VOCAB_NONE)
			return VOCAB_NONE;
		if (s->tag != tag_of(hash) || !same(v, s->id, p, n))
			continue;
		if (v->direct[s->id / 64] >> s->id % 64 & 1)
			return s->id;
	}
}
