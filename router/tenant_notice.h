/* What the log says of tenants: at the start who is served, and what is not
 * where caches are kept apart; and what is allowed but doubtful. */
#ifndef ROUTER_TENANT_NOTICE_H
#define ROUTER_TENANT_NOTICE_H

#include "router/conf/tenants.h"

/* Of an address that is listened on. */
void tenant_notice_open(const struct conf *c, const struct addr *bound);
/* Of all of them together. */
void tenant_notice(const struct conf *c);

/* Names of models that no model has: a slip, or one that is to come. Called
 * with the configuration that they are to be found in. */
void tenant_notice_doubts(const struct conf *c,
			  const struct conf_tenants *list);

#endif
