/* A memory of words and their ids: bounded, never needed for correctness.
 * One thread.
 *
 * Words of up to 15 bytes and 4 ids stand in a table of two-way sets, each
 * a cache line, the one used last in front. Others of up to 256 bytes stand
 * one behind the other in a ring, the oldest of which is overwritten. */
#ifndef COMMON_TOKEN_WORDS_H
#define COMMON_TOKEN_WORDS_H

#include <stdbool.h>
#include <string.h>

#include "common/base/attr.h"
#include "common/token/tokenizer.h"

#define WORDS_MAX_TEXT  15
#define WORDS_MAX_IDS   4
#define WORDS_SET_BITS  13 /* sets of 64 bytes: half a level-2 cache */
#define WORDS_MAX_LONG  256
#define WORDS_LONG_BITS 15
#define WORDS_RING      (2u << 20) /* bytes */

/* In the key's last byte: the length, and for a word that is held here how
 * many ids it has, or that it is held as a long one. */
#define WORDS_COUNT_AT 60
#define WORDS_AS_LONG  (WORDS_MAX_IDS + 1)

struct words_slot {
	uint64_t key[2]; /* the bytes, zeros, and the last byte on top */
	uint32_t id[WORDS_MAX_IDS];
};

/* Of a long word: where it is in the ring, if it still is. */
struct words_place {
	uint64_t at; /* bytes ever written before it */
	uint64_t hash;
};

struct words {
	void *memory;
	struct words_slot (*set)[2]; /* in `memory`, at whole cache lines */
	struct words_place *place;
	char *ring;
	uint64_t written; /* to the ring, ever */
};

void words_init(struct words *w);
void words_fini(struct words *w);

/* Key of p[0, n), 0 < n <= WORDS_MAX_TEXT, where 16 bytes may be read. */
static inline void words_wide_key(const char *p, size_t n, uint64_t key[2])
{
	/* So many bytes of the first half, and of the second. */
	static const uint64_t ones[WORDS_MAX_TEXT + 1][2] = {
		[1] = {0xff},
		[2] = {0xffff},
		[3] = {0xffffff},
		[4] = {0xffffffff},
		[5] = {0xffffffffff},
		[6] = {0xffffffffffff},
		[7] = {0xffffffffffffff},
		[8] = {UINT64_MAX},
		[9] = {UINT64_MAX, 0xff},
		[10] = {UINT64_MAX, 0xffff},
		[11] = {UINT64_MAX, 0xffffff},
		[12] = {UINT64_MAX, 0xffffffff},
		[13] = {UINT64_MAX, 0xffffffffff},
		[14] = {UINT64_MAX, 0xffffffffffff},
		[15] = {UINT64_MAX, 0xffffffffffffff},
	};

	memcpy(key, p, 2 * sizeof(*key));
	key[0] &= ones[n][0];
	key[1] = (key[1] & ones[n][1]) | (uint64_t)n << 56;
}

/* The same where `room` >= n bytes may be read. */
static inline void words_key(const char *p, size_t n, size_t room,
			     uint64_t key[2])
{
	char copy[16] = {0};

	if (room < sizeof(copy))
		p = memcpy(copy, p, n);
	words_wide_key(p, n, key);
}

static inline bool words_same(const struct words_slot *s, const uint64_t key[2])
{
	/* All of the last byte but the count. */
	return ((s->key[0] ^ key[0]) |
		((s->key[1] ^ key[1]) & ~((uint64_t)0xf << WORDS_COUNT_AT))) ==
	       0;
}

static inline unsigned words_count(const struct words_slot *s)
{
	return (unsigned)(s->key[1] >> WORDS_COUNT_AT);
}

static inline struct words_slot *words_set(const struct words *w,
					   const uint64_t key[2])
{
	uint64_t hash = key[0] * 0x9e3779b97f4a7c15u +
			key[1] * 0xd6e8feb86659fd93u;

	return w->set[hash >> (64 - WORDS_SET_BITS)];
}

/* The word's slot, in front of its set, or NULL. */
static inline const struct words_slot *words_find(struct words *w,
						  const uint64_t key[2])
{
	struct words_slot *s = words_set(w, key), front;

	if (LIKELY(words_same(&s[0], key)))
		return s;
	if (!words_same(&s[1], key))
		return NULL;
	front = s[1];
	s[1] = s[0];
	s[0] = front;
	return s;
}

/* Ids of p[0, n), n of WORDS_MAX_LONG at most, and their number; or NULL. */
const uint32_t *words_find_long(const struct words *w, const char *p, size_t n,
				size_t *n_ids);

/* Keeps a word, unless it is too long or has no ids. `key`: of
 * words_key(), where it is short. */
void words_put(struct words *w, const uint64_t key[2], struct slice word,
	       const uint32_t *id, size_t n_ids);

#endif
