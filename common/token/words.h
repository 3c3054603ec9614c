/* A cache of words and their ids: bounded, direct-mapped, never needed for
 * correctness. One thread. */
#ifndef COMMON_TOKEN_WORDS_H
#define COMMON_TOKEN_WORDS_H

#include <stdbool.h>
#include <string.h>

#include "common/token/tokenizer.h"

#define WORDS_MAX_TEXT 15
#define WORDS_MAX_IDS  4
#define WORDS_SLOTS    (16u << 10) /* 32 bytes each: stays in a level-2 cache */

struct words_slot {
	uint64_t key[2]; /* the bytes, zeros, and the length on top */
	uint32_t id[WORDS_MAX_IDS]; /* UINT32_MAX behind the last */
};

struct words {
	struct words_slot *slot; /* WORDS_SLOTS of them, or NULL: no cache */
};

void words_init(struct words *w);
void words_fini(struct words *w);

/* Key of p[0, n), 0 < n <= WORDS_MAX_TEXT, of which `room` >= n bytes may
 * be read. */
static inline void words_key(const char *p, size_t n, size_t room,
			     uint64_t key[2])
{
	if (room >= 16) {
		memcpy(key, p, 16);
		if (n < 8) {
			key[0] &= ((uint64_t)1 << 8 * n) - 1;
			key[1] = 0;
		} else {
			key[1] &= ((uint64_t)1 << 8 * (n - 8)) - 1;
		}
	} else {
		key[0] = key[1] = 0;
		memcpy(key, p, n);
	}
	key[1] |= (uint64_t)n << 56;
}

static inline struct words_slot *words_slot(const struct words *w,
					    const uint64_t key[2])
{
	uint64_t hash = (key[0] ^ key[1] * 0x9e3779b97f4a7c15u) *
			0xd6e8feb86659fd93u;

	return &w->slot[(hash >> 40) % WORDS_SLOTS];
}

/* Appends the ids of the word if the slot is its own. */
static inline bool words_push(const struct words_slot *s, const uint64_t key[2],
			      struct token_list *out)
{
	if (s->key[0] != key[0] || s->key[1] != key[1])
		return false;
	token_list_push(out, s->id[0]);
	for (size_t i = 1; i < WORDS_MAX_IDS && s->id[i] != UINT32_MAX; i++)
		token_list_push(out, s->id[i]);
	return true;
}

/* Puts a word in, unless it has no ids or too many. */
void words_put(struct words_slot *s, const uint64_t key[2], const uint32_t *id,
	       size_t n);

#endif
