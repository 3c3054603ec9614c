/* A request's part in placement (router/placement): what is asked for is
 * told, and who begins with a prefix that is wanted elsewhere is drawn there.
 * Private to this folder. */
#ifndef ROUTER_PROXY_PLACING_H
#define ROUTER_PROXY_PLACING_H

#include "router/proxy/request.h"

/* The candidates are known: one of them may be worth more than it seems. */
void placing_favour(struct request *r);
/* It has been chosen for: the longest prefix that somebody holds is one that
 * is asked for, and what was wanted there may be on its way. */
void placing_see(struct request *r);

#endif
