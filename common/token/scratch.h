/* What the models need while they work on a word, kept from word to word.
 * Zero it at first. One thread. */
#ifndef COMMON_TOKEN_SCRATCH_H
#define COMMON_TOKEN_SCRATCH_H

#include "common/token/bpe.h"
#include "common/token/unigram.h"

struct scratch {
	struct bpe_scratch bpe;
	struct unigram_scratch unigram;
};

static inline void scratch_fini(struct scratch *s)
{
	bpe_scratch_fini(&s->bpe);
	unigram_scratch_fini(&s->unigram);
}

#endif
