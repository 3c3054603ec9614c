/* Short words of ASCII merged side by side, a merge of each in turn: each
 * waits for memory while the others go on. The order of merges in a word is
 * that of bpe.h. Built by one thread, then immutable. */
#ifndef COMMON_TOKEN_BPE_ABREAST_H
#define COMMON_TOKEN_BPE_ABREAST_H

#include "common/base/attr.h"
#include "common/base/slice.h"
#include "common/token/bpe_joins.h"

#define BPE_ABREAST 16 /* words */
#define BPE_SHORT   16 /* symbols of one */

struct bpe_abreast {
	const struct bpe_joins *joins;
	uint32_t id[128];        /* of characters; all ones: none */
	int32_t first[128][128]; /* keys of their pairs, at no place */
};

struct bpe_short {
	/* Of the pair that starts at each place, its rank and below that the
	 * place. */
	int32_t key[BPE_SHORT] __attribute__((aligned(16)));
	uint32_t id[BPE_SHORT]; /* symbols; then the tokens */
	unsigned n;             /* of them */
	uint32_t there; /* bit per place: not merged into one before it */
	int32_t next;   /* the key whose turn it is */
};

/* `id`: of characters. `joins` stay where they are. */
struct bpe_abreast *bpe_abreast_create(const struct bpe_joins *joins,
				       const uint32_t *id);

/* False if the word must go alone. */
MUST_USE bool bpe_abreast_begin(const struct bpe_abreast *a, struct slice word,
				struct bpe_short *out);
/* At most BPE_ABREAST words that have begun. */
void bpe_abreast_merge(const struct bpe_abreast *a, struct bpe_short *word,
		       size_t n);

#endif
