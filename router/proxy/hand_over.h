/* The prompt's token ids, handed over to a worker that would make the same
 * ones: it need not tokenize again. Private to this folder. */
#ifndef ROUTER_PROXY_HAND_OVER_H
#define ROUTER_PROXY_HAND_OVER_H

#include "router/proxy/request.h"

/* The ids of the whole prompt, made here; written down if they may be of
 * use. */
void hand_over_keep(struct request *r, const uint32_t *id, size_t n);
/* The body for r->worker: with the ids if it takes them and is known to make
 * the same, and with whom it is to fetch from; else as the client has sent
 * it. */
const struct splice *hand_over_body(struct request *r);

#endif
