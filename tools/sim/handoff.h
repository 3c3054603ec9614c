/* What a connector makes of one exchange: a prefill leg that hands over
 * when it is finished, or a decode leg that first fetches its prompt's keys
 * and values from whom it names. The loop's thread. */
#ifndef TOOLS_SIM_HANDOFF_H
#define TOOLS_SIM_HANDOFF_H

#include "tools/sim/leg.h"

struct call;
struct choice;
struct event;
struct exchange;
struct slice;

struct handoff {
	struct leg leg;
	struct leg_fault fault;
	bool has_fault;
	struct call *call;    /* to the prefill side */
	struct event *copied; /* when the copying is done */
	size_t n_tokens;      /* being copied */
	size_t n_missing;     /* of them, that are not here already */
	struct buf params;    /* the answer's kv_transfer_params; JSON */
};

/* Reads the request's side. The exchange's choices are set up. */
void handoff_init(struct exchange *x);
void handoff_fini(struct exchange *x);
/* Sooner or later: exchange_submit() or exchange_fail(). */
void handoff_begin(struct exchange *x);
/* The choice has its last token: where its blocks go. */
void handoff_end(struct exchange *x, struct choice *c);

#endif
