/* Places within plain text at which its encoding may be cut in two.
 *
 * A special token in a text is such a place (barrier.c); without them a long
 * prompt would have none. Where all pre-tokenizers are patterns that blocks
 * know (block.h), a blank behind a letter is one: a word starts there
 * whatever stands around, as long as no added token reaches across it or
 * minds the letters beside it, and normal forms are made of each side by
 * itself. Pure; any thread. */
#ifndef COMMON_TOKEN_SEAM_H
#define COMMON_TOKEN_SEAM_H

#include "common/token/model.h"

#define SEAM_BYTES 1024 /* from one that is noted to the next, or more */

/* Has the tokenizer's text any? Of one that is loaded but for this. */
bool seam_has(const struct tokenizer *t);

/* The next at which to cut p[0, n); n if none is far enough from both ends
 * to be worth it. */
size_t seam_next(const char *p, size_t n);

#endif
