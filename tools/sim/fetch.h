/* How a request's missing blocks are fetched from the peer that it names,
 * before it is loaded and computed. Whatever goes wrong costs time alone:
 * what was not fetched is computed. The loop's thread. */
#ifndef TOOLS_SIM_FETCH_H
#define TOOLS_SIM_FETCH_H

#include "tools/sim/kv_source.h"

struct call;
struct event;
struct exchange;

struct fetch {
	struct kv_source source;
	struct call *call;   /* to the peer */
	struct event *timer; /* the rest of a lookup that nobody answers */
	double asked_s;
	size_t here, n_blocks; /* not to be fetched; looked up and found */
};

/* Reads whom the request names; its tasks are set up. */
void fetch_init(struct exchange *x);
void fetch_fini(struct exchange *x);
/* The first task's turn has come. False: there is nothing to fetch. */
MUST_USE bool fetch_begin(struct exchange *x);

#endif
