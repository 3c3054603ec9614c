/* What a request takes of its tenant's limits, and gives back at its end.
 * Any thread; no lock. */
#ifndef ROUTER_TENANT_LIMIT_H
#define ROUTER_TENANT_LIMIT_H

#include "router/tenant/limit_headers.h"
#include "router/tenant/tenant.h"

enum tenant_limit {
	TENANT_WITHIN,
	TENANT_STREAMS,
	TENANT_REQUESTS,
	TENANT_TOKENS,
};
/* "streams", "requests", "tokens"; static. */
const char *tenant_limit_name(enum tenant_limit l);

/* One request more. Past a limit it takes nothing, and `wait_ns` is how long
 * until it would fit; of streams, which end when they end, a second. */
enum tenant_limit tenant_enter(struct tenant *t, uint64_t now_ns,
			       uint64_t *wait_ns);
/* It has ended. */
void tenant_leave(struct tenant *t);

/* Tokens, before they are used, by an estimate. `wait_ns` UINT64_MAX: more
 * than the limit of a minute. */
enum tenant_limit tenant_charge(struct tenant *t, uint64_t tokens,
				uint64_t now_ns, uint64_t *wait_ns);
/* What they were in truth; `charged` at `charged_ns`. */
void tenant_settle(struct tenant *t, uint64_t charged, uint64_t charged_ns,
		   uint64_t used, uint64_t now_ns);

struct limit_state tenant_requests(const struct tenant *t, uint64_t now_ns);
struct limit_state tenant_tokens(const struct tenant *t, uint64_t now_ns);

#endif
