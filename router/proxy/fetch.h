/* Whether a request's worker is to fetch blocks from a peer, and from whom,
 * or is to leave the store that it shares alone: by its decision, as long as
 * that peer is there. Private to this folder. */
#ifndef ROUTER_PROXY_FETCH_H
#define ROUTER_PROXY_FETCH_H

#include "router/proxy/request.h"

/* Who of the candidates gives, and who may fetch for this request. Their
 * exclusions and blocks are known. */
void fetch_fill(struct request *r);

/* For `to`, which computes the prompt and is sent it now: the member of
 * kv_transfer_params that says whom to fetch from, with an id of its own each
 * time, or to leave the store alone; n = 0: neither. Notes and counts what is
 * fetched. */
struct slice fetch_member(struct request *r, const struct worker *to);

/* Whom it says, by name; NULL: nobody. */
const char *fetch_source_name(const struct request *r);

#endif
