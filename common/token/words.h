/* A memory of words and their ids: bounded, never needed for correctness.
 * One thread.
 *
 * Words of up to 15 bytes and 4 ids stand in a table of two-way sets, each
 * a cache line, the one used last in front. Others of up to 256 bytes stand
 * one behind the other in a ring, whose oldest ones are overwritten; so do
 * short ones that have more ids, or that have several and for which a set
 * has no room. Most of the ring is the system's until words come that need
 * it. */
#ifndef COMMON_TOKEN_WORDS_H
#define COMMON_TOKEN_WORDS_H

#include <stdbool.h>
#include <string.h>

#include "common/base/attr.h"
#include "common/token/tokenizer.h"

#define WORDS_MAX_TEXT  15
#define WORDS_MAX_IDS   4
#define WORDS_SET_BITS  15 /* sets of 64 bytes */
#define WORDS_MAX_LONG  256
#define WORDS_LONG_BITS 15         /* sets of two places */
#define WORDS_RING      (4u << 20) /* bytes */

/* The length stands in the key's last byte; above it, for a word that is
 * held, how many ids it has. */
#define WORDS_LENGTH_AT 56
#define WORDS_COUNT_AT  60

struct words_slot {
	uint64_t key[2]; /* the bytes, zeros, and the last byte on top */
	uint32_t id[WORDS_MAX_IDS];
};

struct words {
	struct words_slot (*set)[2]; /* at whole cache lines; NULL: none */
	/* Of long words: where they are in the ring, and 16 bits of their
	 * hash on top. */
	uint64_t (*place)[2];
	uint64_t *spilled; /* bit per set: the ring has, or had, words of it */
	char *ring;
	uint64_t written; /* to the ring, ever; whole ids */
};

void words_init(struct words *w);
void words_fini(struct words *w);

/* Key of p[0, n), n <= WORDS_MAX_TEXT, where 16 bytes may be read. */
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
	key[1] = (key[1] & ones[n][1]) | (uint64_t)n << WORDS_LENGTH_AT;
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

/* All of it but the count. */
static inline bool words_same(const struct words_slot *s, const uint64_t key[2])
{
	return ((s->key[0] ^ key[0]) | (s->key[1] ^ key[1])
					       << (64 - WORDS_COUNT_AT)) == 0;
}

static inline unsigned words_count(const struct words_slot *s)
{
	return (unsigned)(s->key[1] >> WORDS_COUNT_AT);
}

static inline uint64_t words_mix(const uint64_t key[2])
{
	return (key[0] ^ key[1] * 9) * 0x9e3779b97f4a7c15u;
}

static inline size_t words_set(const uint64_t key[2])
{
	return words_mix(key) >> (64 - WORDS_SET_BITS);
}

/* The word's slot, in front of its set, or NULL. */
static inline const struct words_slot *words_in(struct words_slot *set,
						const uint64_t key[2])
{
	struct words_slot front;

	if (LIKELY(words_same(&set[0], key)))
		return set;
	if (!words_same(&set[1], key))
		return NULL;
	front = set[1];
	set[1] = set[0];
	set[0] = front;
	return set;
}

static inline const struct words_slot *words_find(struct words_slot (*sets)[2],
						  const uint64_t key[2])
{
	return words_in(sets[words_set(key)], key);
}

uint64_t words_hash(const char *p, size_t n);

/* The same of a short word. */
static inline uint64_t words_short_hash(const uint64_t key[2])
{
	uint64_t mixed = words_mix(key);

	return mixed ^ mixed >> 32;
}

/* Makes the processor fetch where a word of that hash stands in the ring,
 * and, when that has come, the word. */
void words_fetch_place(const struct words *w, uint64_t hash);
void words_fetch_record(const struct words *w, uint64_t hash);

/* May the ring have this short word? */
static inline bool words_may_have(const struct words *w, const uint64_t key[2])
{
	size_t set = words_set(key);

	return w->spilled[set / 64] >> set % 64 & 1;
}

/* Ids of p[0, n), n of WORDS_MAX_LONG at most, and their number, if the
 * ring has the word; or NULL. `hash`: of words_hash(). */
const uint32_t *words_find_long(const struct words *w, uint64_t hash,
				const char *p, size_t n, size_t *n_ids);

/* Keeps a word, unless it is too long or has no ids. `key`: of
 * words_key(), where it is short. */
void words_put(struct words *w, const uint64_t key[2], struct slice word,
	       const uint32_t *id, size_t n_ids);

#endif
