/* Words that are entries of the vocabulary as they stand, and short.
 *
 * Nine words in ten are; so one look at one cache line settles them, in a
 * table that all threads share. Keys are those of words.h. Built by one
 * thread, then immutable. */
#ifndef COMMON_TOKEN_DIRECT_H
#define COMMON_TOKEN_DIRECT_H

#include "common/token/vocab.h"
#include "common/token/words.h"

#define DIRECT_WAYS 3

struct direct_line {
	uint64_t key[DIRECT_WAYS][2]; /* all ones: none from here on */
	uint32_t id[DIRECT_WAYS];
	uint32_t beyond; /* bits by the hash, of words of this line that
			  * stand further on */
};

struct direct {
	struct direct_line *line; /* at whole cache lines */
	size_t n_line;
};

/* Of the direct entries of `v`. `blanks`: words have ' ' where the entries
 * have U+2581. */
void direct_build(struct direct *d, const struct vocab *v, bool blanks);
void direct_fini(struct direct *d);
size_t direct_bytes(const struct direct *d); /* memory held */

/* Where the word stands, if it is there: in this line, or, if that says so,
 * in those behind it. */
static inline const struct direct_line *direct_line(const struct direct *d,
						    const uint64_t key[2])
{
	return &d->line[(words_mix(key) >> 32) * d->n_line >> 32];
}

static inline bool direct_same(const struct direct_line *l, unsigned way,
			       const uint64_t key[2])
{
	return ((l->key[way][0] ^ key[0]) | (l->key[way][1] ^ key[1])) == 0;
}

/* Id of the word in this line, or VOCAB_NONE. */
static inline uint32_t direct_in(const struct direct_line *l,
				 const uint64_t key[2])
{
	uint32_t id = direct_same(l, 2, key) ? l->id[2] : VOCAB_NONE;

	id = direct_same(l, 1, key) ? l->id[1] : id;
	return direct_same(l, 0, key) ? l->id[0] : id;
}

static inline uint32_t direct_bit(const uint64_t key[2])
{
	return 1u << (words_mix(key) & 31);
}

/* The same in the lines behind it. */
uint32_t direct_behind(const struct direct *d, const struct direct_line *l,
		       const uint64_t key[2]);

/* Id of the word, which is not in its line, or VOCAB_NONE. */
static inline uint32_t direct_beyond(const struct direct *d,
				     const struct direct_line *l,
				     const uint64_t key[2])
{
	return l->beyond & direct_bit(key) ? direct_behind(d, l, key)
					   : VOCAB_NONE;
}

/* Id of the word, or VOCAB_NONE. */
static inline uint32_t direct_find(const struct direct *d,
				   const uint64_t key[2])
{
	const struct direct_line *l = direct_line(d, key);
	uint32_t id = direct_in(l, key);

	return id != VOCAB_NONE ? id : direct_beyond(d, l, key);
}

#endif
