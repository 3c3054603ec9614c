/* Unigram: of all ways to cut a word into entries, the one with the highest
 * sum of scores (Viterbi), added up from the left as the reference does it.
 * Built by one thread, then immutable; each thread brings its own scratch. */
#ifndef COMMON_TOKEN_UNIGRAM_H
#define COMMON_TOKEN_UNIGRAM_H

#include "common/token/tokenizer.h"
#include "common/token/trie.h"

#define UNIGRAM_MAX_WORD (64u << 20) /* bytes; each takes 16 of scratch */

struct unigram {
	struct trie trie; /* of the whole vocabulary; values are ids */
	double *score;    /* by id */
	double unk_score; /* of a character that is no entry */
	uint32_t unk_id;  /* or VOCAB_NONE: such characters are an error */
	bool byte_fallback;
	uint32_t byte_id[256]; /* VOCAB_NONE where there is none */
};

struct unigram_node {
	double score;   /* of the best way to here */
	uint32_t start; /* of its last entry */
	uint32_t id;
};

/* Grows as needed and is used again. Zero it at first. */
struct unigram_scratch {
	struct unigram_node *node;
	size_t size;
};

/* Takes `score`, one for each of the n keys by id, over. */
void unigram_init(struct unigram *u, struct trie_key *key, size_t n,
		  double *score);
void unigram_fini(struct unigram *u);
void unigram_scratch_fini(struct unigram_scratch *s);

/* Appends the ids of a word of valid UTF-8, which is not empty. Linear in
 * it times the longest entry. ERR_LIMIT past UNIGRAM_MAX_WORD, ERR_INVALID
 * for a character that is no entry, without an unknown token. */
MUST_USE enum status unigram_encode(const struct unigram *u, struct slice word,
				    struct unigram_scratch *s,
				    struct token_list *out);

#endif
