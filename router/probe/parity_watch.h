/* What a worker's events, its /metrics and its answers have shown of it,
 * beside what is configured. Nobody is asked for it. Pure but for the
 * worker's atomics; main thread. */
#ifndef ROUTER_PROBE_PARITY_WATCH_H
#define ROUTER_PROBE_PARITY_WATCH_H

#include "common/base/buf.h"
#include "router/fleet/parity.h"
#include "router/fleet/worker.h"

/* By /metrics. */
struct parity_told {
	bool caching_known, caching;
	char algorithm[32]; /* "": not told */
};

struct parity_found {
	enum parity_state state;
	struct buf says, mend; /* empty: nothing to say; terminated */
};

struct parity_view {
	const struct worker *worker;
	const struct conf_model *model;
	const struct parity_told *told;
	size_t block_size; /* what prompts of this model are cut in */
};

/* CACHING, BLOCK_SIZE, HASH, EVENTS, REPLAY or USAGE. The texts are the
 * caller's to buf_fini. */
void parity_watch(const struct parity_view *v, enum parity_check check,
		  struct parity_found *out);

/* The flag for vLLM with which events come where they are expected. */
void parity_events_flag(const struct worker *w, struct buf *out);

#endif
