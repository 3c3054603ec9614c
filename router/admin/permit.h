/* Who may change something by the admin port.
 *
 * Whoever reaches it, by curl; but no page of another site through an
 * operator's browser, and from a browser at all only with the token of
 * `admin_token`, in a header that no form can send. Where there is a token,
 * curl needs it, too. Main thread. */
#ifndef ROUTER_ADMIN_PERMIT_H
#define ROUTER_ADMIN_PERMIT_H

#include <stdbool.h>

#include "router/admin/visit.h"

/* There is an Origin, and it is not this server. */
bool permit_is_foreign(const struct visit *v);

/* `token` NULL: none is set. False: it was answered why not. */
bool permit_change(struct visit *v, const char *token);

#endif
