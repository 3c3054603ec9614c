/* CHOOSE, first half: the prompt's chains, and who holds how much of them.
 * Private to this folder. */
#ifndef ROUTER_PROXY_MATCH_H
#define ROUTER_PROXY_MATCH_H

#include "router/proxy/request.h"

/* Whether a worker of it is known by the engine's own hashes. */
bool match_by_engine_keys(const struct fleet_model *m);
/* Fills r->prompt's chains, once. */
void match_hash(struct request *r);
/* Fills r->choice.candidate from the fleet, the indexes and what was
 * tried; block counts are 0 where nothing is known. */
void match_candidates(struct request *r);

#endif
