/* A rank file of tiktoken: lines of a token in base64, a blank and its
 * rank, which is its id too. One thread. */
#ifndef COMMON_TOKEN_RANKS_H
#define COMMON_TOKEN_RANKS_H

#include "common/base/buf.h"

#define RANKS_MAX_TOKEN 1024 /* bytes */

struct rank {
	uint32_t start, n; /* in the bytes */
	uint32_t id;
};

/* Zero before first use. */
struct ranks {
	struct buf bytes;
	struct rank *rank; /* in the order of the file */
	size_t n, size;
	uint32_t last; /* highest id */
};

/* ERR_INVALID or ERR_LIMIT with the line; `out` is to be freed in any
 * case. Empty lines do not count. */
MUST_USE enum status ranks_parse(struct slice text, struct ranks *out,
				 struct error *err);
void ranks_fini(struct ranks *r);
struct slice ranks_token(const struct ranks *r, size_t i);

#endif
