/* Byte pair encoding: the lowest rank first, of equals the leftmost.
 *
 * Built by one thread, then immutable; each encoding thread brings its own
 * scratch. Near-linear for any input: words beyond a few dozen symbols go
 * through a heap. */
#ifndef COMMON_TOKEN_BPE_H
#define COMMON_TOKEN_BPE_H

#include "common/token/bpe_abreast.h"
#include "common/token/tokenizer.h"
#include "common/token/vocab.h"

#define BPE_MAX_AFFIX 32

struct bpe_tree;

struct bpe {
	struct bpe_merge *merge; /* as they came, until bpe_forget() */
	size_t n_merge, size;
	struct bpe_joins joins;
	uint32_t byte_id[256]; /* VOCAB_NONE: such bytes are dropped */
	struct bpe_tree *tree; /* owned; NULL: there are only merges */
	/* Owned. NULL: words are merged alone, as others than ASCII are, of
	 * which tokens are pairs by fewer steps. */
	struct bpe_abreast *abreast;
	/* For bpe_merge_chars(): */
	uint32_t ascii_id[128];
	uint32_t unk_id; /* VOCAB_NONE: what is unknown is dropped */
	bool fuse_unk, byte_fallback;
	char prefix[BPE_MAX_AFFIX + 1]; /* of all characters but the first */
	char suffix[BPE_MAX_AFFIX + 1]; /* of the last */
};

struct bpe_symbol {
	uint32_t id;
	int32_t before, after; /* neighbours, or -1 */
	uint32_t rank;         /* of its merge with the one after it, or
				* BPE_NO_RANK */
};

struct bpe_token {
	uint32_t id;
	uint32_t end; /* in the scratch's word */
};

/* Grows as needed and is used again. Zero it at first. */
struct bpe_scratch {
	uint32_t *word; /* the word as symbols; n_word of them */
	size_t n_word, word_size;
	struct bpe_symbol *symbol;
	uint64_t *heap;
	size_t n_heap, symbol_size;
	struct bpe_token *fresh; /* of a window; symbol_size of them */
	uint32_t *start;         /* in `word`, of each token that is done */
	size_t start_size;
};

void bpe_scratch_fini(struct bpe_scratch *s);

void bpe_init(struct bpe *b);
void bpe_fini(struct bpe *b);
/* A pair that is given again takes the later rank. */
void bpe_add(struct bpe *b, struct bpe_merge m);
/* Makes ready for words; none is added after that. */
void bpe_seal(struct bpe *b);
void bpe_forget(struct bpe *b);
size_t bpe_bytes(const struct bpe *b); /* memory held */

/* Appends the ids of one word, n > 0 bytes, at most INT32_MAX. */
void bpe_merge_bytes(const struct bpe *b, struct slice word,
		     struct bpe_scratch *s, struct token_list *out);
/* The same for a word of valid UTF-8 in a vocabulary of characters. In
 * bpe_chars.c. */
void bpe_merge_chars(const struct bpe *b, const struct vocab *v,
		     struct slice word, struct bpe_scratch *s,
		     struct token_list *out);
/* The same for a word that is already cut into symbols, in s->word. */
void bpe_merge_word(const struct bpe *b, struct bpe_scratch *s,
		    struct token_list *out);
/* The same by tokens that are pairs; false, and nothing done, where merging
 * is the better way, or b->tree is not spelled. In bpe_pairs.c. */
MUST_USE bool bpe_pairs(const struct bpe *b, struct slice word,
			struct bpe_scratch *s, struct token_list *out);
/* Room for `n` symbols in s->word. */
void bpe_reserve(struct bpe_scratch *s, size_t n);

/* For the files of this folder: merges word[from, from + n), n > 0, and
 * leaves the tokens in s->symbol, linked from the first on. */
void bpe_merge_span(const struct bpe *b, struct bpe_scratch *s, size_t from,
		    size_t n);
/* In bpe_window.c: a long s->word. */
void bpe_merge_windows(const struct bpe *b, struct bpe_scratch *s,
		       struct token_list *out);

#endif
