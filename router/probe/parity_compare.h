/* Two lists of ids for one case, ours and a worker's: where they part, and
 * which part of the two is unlike. Pure. */
#ifndef ROUTER_PROBE_PARITY_COMPARE_H
#define ROUTER_PROBE_PARITY_COMPARE_H

#include "router/fleet/parity.h"
#include "router/probe/parity_case.h"

struct parity_ids {
	const uint32_t *id;
	size_t n;
};

/* False if they are the same. Else which check fails (TOKENIZER, SPECIAL or
 * TEMPLATE), and a sentence appended to `says`, such as
 *	a chat differs at token 3: ours "<|im_start|>", theirs "[INST]" */
bool parity_compare(const struct parity_case *c, const struct tokenizer *t,
		    struct parity_ids ours, struct parity_ids theirs,
		    enum parity_check *out, struct buf *says);

#endif
