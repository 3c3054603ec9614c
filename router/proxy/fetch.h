/* Whether a request's worker is to fetch blocks from a peer, and from whom:
 * by its decision, as long as that peer is there. Private to this folder. */
#ifndef ROUTER_PROXY_FETCH_H
#define ROUTER_PROXY_FETCH_H

#include "router/proxy/request.h"

/* Who of the candidates gives, and who may fetch for this request. Their
 * exclusions and blocks are known. */
void fetch_fill(struct request *r);

/* For `to`, which computes the prompt and is sent it now: the value of
 * remote_kv_source, with an id of its own each time; n = 0: nothing is to be
 * fetched. Notes and counts what it says. */
struct slice fetch_source(struct request *r, const struct worker *to);

/* Whom it says, by name; NULL: nobody. */
const char *fetch_source_name(const struct request *r);

#endif
