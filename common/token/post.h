/* The post-processor: ids before and behind the text's own, such as BOS.
 * Built by one thread, then immutable. */
#ifndef COMMON_TOKEN_POST_H
#define COMMON_TOKEN_POST_H

#include "common/token/tokenizer.h"

struct post {
	struct token_list before, behind;
};

void post_init(struct post *p);
void post_fini(struct post *p);
/* Puts another processor's ids round what is there. */
void post_wrap(struct post *p, const struct post *outer);

#endif
