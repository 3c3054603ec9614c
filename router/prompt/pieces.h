/* The ids of a prompt that is encoded in pieces, each by itself: those of
 * pieces that were there before are kept. One thread. */
#ifndef ROUTER_PROMPT_PIECES_H
#define ROUTER_PROMPT_PIECES_H

#include "common/template/segment.h"
#include "common/token/tokenizer.h"

struct piece {
	struct segment segment;
	size_t n_tokens; /* of the text up to its end */
};

/* All zero is an empty list. */
struct pieces {
	struct piece *item;
	size_t n, room;
};

void pieces_fini(struct pieces *p);
size_t pieces_bytes(const struct pieces *p); /* memory held */

/* `text` agrees in its first `same` bytes with the one that `out` has the
 * ids of. Ids that still hold stay: `*kept` of them. ERR_INVALID: it is not
 * UTF-8; ERR_LIMIT past `max_tokens`; `p` and `out` are then of no use. */
MUST_USE enum status pieces_encode(struct pieces *p, const struct tokenizer *t,
				   struct slice text, size_t same,
				   const struct segments *s, size_t max_tokens,
				   struct token_list *out, size_t *kept);

#endif
