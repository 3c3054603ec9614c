#include "common/token/words.h"

#include <sys/mman.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "common/base/pages.h"

#define SETS     ((size_t)1 << WORDS_SET_BITS)
#define PLACES   ((size_t)1 << WORDS_LONG_BITS)
#define MAX_IDS  WORDS_MAX_LONG
#define RING_IDS (WORDS_RING / sizeof(uint32_t))
#define AT_BITS  48
#define MAX_AT   (((uint64_t)1 << AT_BITS) - 1)

/* A long word in the ring; text and ids follow, both at whole ids. */
struct record {
	uint32_t n_text, n_ids;
};

/* What is there from the beginning; the ring is behind it. */
static size_t table_bytes(void)
{
	return SETS * sizeof(struct words_slot[2]) +
	       PLACES * sizeof(uint64_t[2]) + SETS / 8;
}

/* All pages at once: as they come, each is asked for twice, to be read and
 * to be written. Where the system cannot, it gives them as they come. */
void words_init(struct words *w)
{
	void *memory = pages_alloc(table_bytes() + WORDS_RING);

	(void)madvise(memory, table_bytes(), MADV_POPULATE_WRITE);
	w->set = memory;
	w->place = (void *)(w->set + SETS);
	w->spilled = (void *)(w->place + PLACES);
	w->ring = (char *)memory + table_bytes();
	w->written = 0;
}

void words_fini(struct words *w)
{
	pages_free(w->set, table_bytes() + WORDS_RING);
	*w = (struct words){0};
}

static uint64_t *places_of(const struct words *w, uint64_t hash)
{
	return w->place[hash >> (64 - WORDS_LONG_BITS)];
}

static uint64_t make_place(uint64_t at, uint64_t hash)
{
	return hash << AT_BITS | at;
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

static const char *record_at(const struct words *w, uint64_t at)
{
	return w->ring + at * sizeof(uint32_t) % WORDS_RING;
}

/* The ids of p[0, n), if the record at `at` is of it. */
static const uint32_t *read_record(const struct words *w, uint64_t at,
				   const char *p, size_t n, size_t *n_ids)
{
	const char *from = record_at(w, at);
	struct record r;

	if (w->written - at > RING_IDS)
		return NULL; /* overwritten */
	memcpy(&r, from, sizeof(r));
	from += sizeof(r);
	if (r.n_text != n || memcmp(from, p, n) != 0)
		return NULL;
	*n_ids = r.n_ids;
	return (const uint32_t *)(from + padded(n));
}

uint64_t words_hash(const char *p, size_t n)
{
	uint64_t key[2];

	if (n > WORDS_MAX_TEXT)
		return XXH3_64bits(p, n);
	words_key(p, n, n, key);
	return words_short_hash(key);
}

void words_fetch_place(const struct words *w, uint64_t hash)
{
	__builtin_prefetch(places_of(w, hash));
}

void words_fetch_record(const struct words *w, uint64_t hash)
{
	uint64_t place = *places_of(w, hash);

	if (make_place(place & MAX_AT, hash) == place)
		__builtin_prefetch(record_at(w, place & MAX_AT));
}

const uint32_t *words_find_long(const struct words *w, uint64_t hash,
				const char *p, size_t n, size_t *n_ids)
{
	const uint64_t *place = places_of(w, hash);
	const uint32_t *id = NULL;

	for (size_t i = 0; i < 2 && id == NULL; i++)
		if (make_place(place[i] & MAX_AT, hash) == place[i])
			id = read_record(w, place[i] & MAX_AT, p, n, n_ids);
	return id;
}

static void put_long(struct words *w, struct slice word, const uint32_t *id,
		     size_t n_ids)
{
	struct record r = {(uint32_t)word.n, (uint32_t)n_ids};
	size_t size = record_bytes(word.n, n_ids) / sizeof(uint32_t);
	size_t left = RING_IDS - w->written % RING_IDS;
	uint64_t hash = words_hash(word.p, word.n);
	uint64_t *place = places_of(w, hash);
	char *to;

	/* None lies across the end. */
	if (left < size)
		w->written += left;
	if (w->written + size > MAX_AT)
		return; /* after years */
	place[1] = place[0];
	place[0] = make_place(w->written, hash);
	to = w->ring + w->written * sizeof(uint32_t) % WORDS_RING;
	w->written += size;
	memcpy(to, &r, sizeof(r));
	memcpy(to + sizeof(r), word.p, word.n);
	memcpy(to + sizeof(r) + padded(word.n), id, n_ids * sizeof(*id));
}

static void spill(struct words *w, size_t set, struct slice word,
		  const uint32_t *id, size_t n_ids)
{
	w->spilled[set / 64] |= (uint64_t)1 << set % 64;
	put_long(w, word, id, n_ids);
}

/* What a new word displaces is likely to be asked for again: so it was. One
 * id is found as quickly in the vocabulary. */
static void keep_displaced(struct words *w, size_t set)
{
	const struct words_slot *s = &w->set[set][1];
	size_t n = s->key[1] >> WORDS_LENGTH_AT & WORDS_MAX_TEXT;

	if (n > 0 && words_count(s) > 1)
		spill(w, set, (struct slice){(const char *)s->key, n}, s->id,
		      words_count(s));
}

static void put_short(struct words *w, const uint64_t key[2],
		      const uint32_t *id, size_t n_ids)
{
	size_t set = words_set(key);
	struct words_slot *s = w->set[set];

	keep_displaced(w, set);
	s[1] = s[0];
	s[0].key[0] = key[0];
	s[0].key[1] = key[1] | (uint64_t)n_ids << WORDS_COUNT_AT;
	memcpy(s[0].id, id, n_ids * sizeof(*id));
}

void words_put(struct words *w, const uint64_t key[2], struct slice word,
	       const uint32_t *id, size_t n_ids)
{
	if (n_ids == 0 || n_ids > MAX_IDS || word.n > WORDS_MAX_LONG)
		return;
	if (word.n > WORDS_MAX_TEXT)
		put_long(w, word, id, n_ids);
	else if (n_ids > WORDS_MAX_IDS)
		spill(w, words_set(key), word, id, n_ids);
	else
		put_short(w, key, id, n_ids);
}
