/* What the log says of tenants at the start: who is served, and what is
 * not served where caches are kept apart. */
#ifndef ROUTER_TENANT_NOTICE_H
#define ROUTER_TENANT_NOTICE_H

#include "router/conf/tenants.h"

/* Of an address that is listened on. */
void tenant_notice_open(const struct conf *c, const struct addr *bound);
/* Of all of them together. */
void tenant_notice(const struct conf *c);

#endif
