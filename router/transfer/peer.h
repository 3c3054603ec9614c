/* Blocks that one worker keeps in host memory, fetched by another that is to
 * serve the request: what vLLM's p2p tier wants to be told (0.27 on).
 *
 * The worker that serves asks the one that is named for the blocks it lacks,
 * by their hashes; what is not there is computed. Both must be engines of one
 * kind, with one PYTHONHASHSEED. Pure; any thread. */
#ifndef ROUTER_TRANSFER_PEER_H
#define ROUTER_TRANSFER_PEER_H

#include "common/base/arena.h"
#include "router/fleet/worker.h"

/* It has such a tier, as far as one can tell: the configuration says so, and
 * it is no release from before there was one. */
bool peer_has_tier(const struct worker *w);

/* Of kv_transfer_params the member that says whom to fetch from, in the
 * arena. `id` must never have been used: answers to two requests of one id
 * would be taken for each other's. */
struct slice peer_source(const struct worker *giver, struct slice id,
			 struct arena *arena);

/* The member that says to load from host memory alone, be it a peer's. */
#define PEER_NO_STORE "\"kv_load_tiers\":[{\"medium\":\"CPU\"}]"

/* It heeds that, as far as its release tells. */
bool peer_may_leave_store(const struct worker *w);

#endif
