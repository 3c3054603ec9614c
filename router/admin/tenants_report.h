/* GET /tenants: who may call, and what is left of their limits. */
#ifndef ROUTER_ADMIN_TENANTS_REPORT_H
#define ROUTER_ADMIN_TENANTS_REPORT_H

#include "common/base/buf.h"
#include "router/tenant/tenant.h"

/* As JSON; NULL: there are none. No keys, no digests of them, no salts.
 * Appended. */
void tenants_report(const struct tenants *t, struct buf *out);

#endif
