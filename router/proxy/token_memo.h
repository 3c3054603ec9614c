/* Prompts' token ids, remembered. One a lane, within a byte budget; what
 * was not asked for longest goes first.
 *
 * Keyed by 128 bits over everything that the ids follow from, so an entry
 * found is the prompt's. */
#ifndef ROUTER_PROXY_TOKEN_MEMO_H
#define ROUTER_PROXY_TOKEN_MEMO_H

#include "common/base/fingerprint.h"

struct token_memo;

struct token_memo *token_memo_create(size_t max_bytes);
void token_memo_destroy(struct token_memo **m);
/* NULL if unknown; else `n` ids that stay until the next put. */
const uint32_t *token_memo_get(struct token_memo *m,
			       struct fingerprint_value key, size_t *n);
/* Copies the ids; too many for the budget are not kept. */
void token_memo_put(struct token_memo *m, struct fingerprint_value key,
		    const uint32_t *token, size_t n);
size_t token_memo_bytes(const struct token_memo *m);

#endif
