/* CHOOSE, where workers may prefill for others: whether this request is
 * split, and between which two. Private to this folder. */
#ifndef ROUTER_PROXY_PAIRING_H
#define ROUTER_PROXY_PAIRING_H

#include "router/proxy/request.h"

/* The worker that decodes, with the prefill leg ready to go; NULL: the
 * request is for one worker alone. By d->candidate; an explanation takes
 * nothing. */
struct worker *pairing_take(struct request *r);

#endif
