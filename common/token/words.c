#include "common/token/words.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "common/base/mem.h"

#define SETS     ((size_t)1 << WORDS_SET_BITS)
#define PLACES   ((size_t)1 << WORDS_LONG_BITS)
#define MAX_IDS  WORDS_MAX_LONG
#define SET_LINE 64

/* A long word in the ring; text and ids follow, both at whole ids. */
struct record {
	uint32_t n_text, n_ids;
};

void words_init(struct words *w)
{
	*w = (struct words){
		.memory = mem_zalloc(SETS * sizeof(*w->set) + SET_LINE),
		.place = mem_zalloc(PLACES * sizeof(*w->place)),
		.ring = mem_zalloc(WORDS_RING),
	};
	w->set = (void *)(((uintptr_t)w->memory + SET_LINE - 1) &
			  ~(uintptr_t)(SET_LINE - 1));
}

void words_fini(struct words *w)
{
	mem_free(w->memory);
	mem_free(w->place);
	mem_free(w->ring);
	*w = (struct words){0};
}

static struct words_place *place_of(const struct words *w, uint64_t hash)
{
	return &w->place[hash >> (64 - WORDS_LONG_BITS)];
}

static size_t padded(size_t n)
{
	return (n + sizeof(uint32_t) - 1) & ~(sizeof(uint32_t) - 1);
}

static size_t record_bytes(size_t n_text, size_t n_ids)
{
	return sizeof(struct record) + padded(n_text) +
	       n_ids * sizeof(uint32_t);
}

const uint32_t *words_find_long(const struct words *w, const char *p, size_t n,
				size_t *n_ids)
{
	uint64_t hash = XXH3_64bits(p, n);
	const struct words_place *place = place_of(w, hash);
	const char *at = w->ring + place->at % WORDS_RING;
	struct record r;

	if (place->hash != hash || w->written - place->at > WORDS_RING)
		return NULL;
	memcpy(&r, at, sizeof(r));
	at += sizeof(r);
	if (r.n_text != n || memcmp(at, p, n) != 0)
		return NULL;
	*n_ids = r.n_ids;
	return (const uint32_t *)(at + padded(n));
}

static void put_long(struct words *w, struct slice word, const uint32_t *id,
		     size_t n_ids)
{
	struct record r = {(uint32_t)word.n, (uint32_t)n_ids};
	size_t size = record_bytes(word.n, n_ids);
	size_t left = WORDS_RING - w->written % WORDS_RING;
	uint64_t hash = XXH3_64bits(word.p, word.n);
	char *at;

	/* None lies across the end. */
	if (left < size)
		w->written += left;
	at = w->ring + w->written % WORDS_RING;
	*place_of(w, hash) = (struct words_place){w->written, hash};
	w->written += size;
	memcpy(at, &r, sizeof(r));
	memcpy(at + sizeof(r), word.p, word.n);
	memcpy(at + sizeof(r) + padded(word.n), id, n_ids * sizeof(*id));
}

static void put_short(struct words *w, const uint64_t key[2],
		      const uint32_t *id, size_t n_ids)
{
	struct words_slot *s = words_set(w, key);
	bool is_long = n_ids > WORDS_MAX_IDS;
	uint64_t count = is_long ? WORDS_AS_LONG : n_ids;

	s[1] = s[0];
	s[0].key[0] = key[0];
	s[0].key[1] = key[1] | count << WORDS_COUNT_AT;
	if (!is_long)
		memcpy(s[0].id, id, n_ids * sizeof(*id));
}

void words_put(struct words *w, const uint64_t key[2], struct slice word,
	       const uint32_t *id, size_t n_ids)
{
	if (n_ids == 0 || n_ids > MAX_IDS || word.n > WORDS_MAX_LONG)
		return;
	if (word.n > WORDS_MAX_TEXT || n_ids > WORDS_MAX_IDS)
		put_long(w, word, id, n_ids);
	if (word.n <= WORDS_MAX_TEXT)
		put_short(w, key, id, n_ids);
}
