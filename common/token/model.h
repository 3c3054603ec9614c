/* What a tokenizer consists of, for the files of this folder. */
#ifndef COMMON_TOKEN_MODEL_H
#define COMMON_TOKEN_MODEL_H

#include "common/base/ref.h"
#include "common/token/added.h"
#include "common/token/blanks.h"
#include "common/token/block.h"
#include "common/token/bpe_tree.h"
#include "common/token/chunks.h"
#include "common/token/cut.h"
#include "common/token/direct.h"
#include "common/token/normalize.h"
#include "common/token/post.h"
#include "common/token/room.h"
#include "common/token/stage.h"
#include "common/token/tokenizer.h"
#include "common/token/vocab.h"
#include "common/token/wordpiece.h"

enum model_kind {
	MODEL_BPE,
	MODEL_WORDPIECE,
	MODEL_WORDLEVEL, /* whole words: the vocabulary alone */
	MODEL_UNIGRAM,
};

struct tokenizer {
	struct ref ref;
	struct rooms *rooms; /* the one part that changes later */
	struct vocab vocab;
	struct direct direct;
	enum model_kind kind;
	struct bpe bpe;
	struct wordpiece wordpiece;
	struct unigram unigram;
	uint32_t unk_id;     /* WORDLEVEL's */
	struct added raw;    /* searched in the text as it came */
	struct added normal; /* searched after normalization */
	struct post post;
	struct normalizer normalizer;
	bool byte_level; /* the vocabulary is written in the byte alphabet;
			  * else in characters, with U+2581 for blanks */
	bool letters;    /* the byte alphabet as characters */
	bool strip;      /* decoding drops the first blank */
	bool ignore_merges;
	struct cut cut; /* cuts words of characters further */
	struct blanks blanks;
	struct chunks chunks;
	struct stage stage[STAGE_MAX];
	size_t n_stage;
	block_fn *block; /* of all stages at once, or NULL */
	unsigned limits; /* of texts: see limits.h */
	bool seams;      /* plain text may be cut: see seam.h */
};

/* The bytes of an entry, in place or in `out`, which has room for as many
 * as are written; false if it stands for no text. */
bool model_key(const struct tokenizer *t, struct slice written, char *out,
	       struct slice *key);
/* A vocabulary entry by the text that tokenizer.json has for it. */
uint32_t model_find(const struct tokenizer *t, struct slice written);
MUST_USE enum status model_add(struct tokenizer *t, uint32_t id,
			       struct slice written);
/* Id of the direct entry that the word is, or VOCAB_NONE. */
uint32_t model_direct(const struct tokenizer *t, struct slice word);
/* Makes the processor fetch what these words will need that are no direct
 * entries, all at once; n <= MODEL_FETCH. */
#define MODEL_FETCH PREFIX_FETCH
void model_fetch(const struct tokenizer *t, const struct slice *word, size_t n);
/* Appends the ids of a word that is not a direct entry. What fails: see
 * unigram.h. */
MUST_USE enum status model_word(const struct tokenizer *t, struct slice word,
				struct scratch *scratch,
				struct token_list *out);

#endif
