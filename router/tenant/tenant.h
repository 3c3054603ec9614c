/* Who calls, and what they may: an immutable snapshot of all tenants that a
 * reload replaces, and what each has used, which outlives it.
 *
 * A request holds its tenant, so one that has gone ends with its last
 * request. What a tenant has used goes by its name: a reload, a new key or
 * another limit fills no bucket up. Any thread. */
#ifndef ROUTER_TENANT_TENANT_H
#define ROUTER_TENANT_TENANT_H

#include "common/base/map.h"
#include "router/conf/tenants.h"
#include "router/tenant/bucket.h"
#include "router/tenant/key.h"
#include "router/tenant/salt.h"

/* As many have metrics of their own, in the file's order; the others are
 * "other" together. */
#define TENANT_LABELS 100

/* What it has used. Counted. */
struct tenant_meter {
	struct ref ref;
	struct bucket requests, tokens;
	atomic_uint streams; /* open now */
};

struct tenant {
	struct ref ref;
	char *name;
	const char *label; /* of metrics: its name, or "other" */
	struct tenant_meter *meter;
	char **model;
	size_t n_models;
	bool all_models;
	bool disabled;
	bool forward_priority;
	uint8_t priority;
	enum conf_cache_salt salting;
	uint64_t expires_us;                 /* 0: never */
	struct bucket_rate requests, tokens; /* capacity 0: no limit */
	unsigned max_streams;                /* 0: no limit */
	struct salt salt;                    /* unless salting is off */
};

struct tenants {
	struct ref ref;
	struct conf_tenants *list; /* what it was made of */
	struct tenant **tenant;
	size_t n;
	struct key_table keys;
	struct map by_name;
};

/* Of a configuration whose tenants were read, and a list that may be newer
 * than the one in it. `old` may be NULL; what its tenants have used is gone
 * on with. */
struct tenants *tenants_create(const struct conf *conf,
			       struct conf_tenants *list,
			       const struct tenants *old);
struct tenants *tenants_ref(struct tenants *t);
void tenants_unref(struct tenants **t);

/* Why somebody is not let in; static words of metrics. */
enum tenant_refusal {
	TENANT_ADMITTED,
	TENANT_NO_KEY,
	TENANT_UNKNOWN_KEY,
	TENANT_EXPIRED,
	TENANT_DISABLED,
};
const char *tenant_refusal_name(enum tenant_refusal r);

/* Whose key it is; NULL with `why`. `key` may be anything; its p is NULL if
 * there is none. The caller's to unref. */
struct tenant *tenants_admit(const struct tenants *t, struct key_memo *memo,
			     struct slice key, uint64_t wall_us,
			     enum tenant_refusal *why);
/* By name; NULL. Lives as long as the snapshot. */
struct tenant *tenants_find(const struct tenants *t, struct slice name);

struct tenant *tenant_ref(struct tenant *t);
void tenant_unref(struct tenant **t);
bool tenant_may_call(const struct tenant *t, struct slice model);
static inline bool tenant_is_limited(const struct tenant *t)
{
	return t->requests.capacity > 0 || t->tokens.capacity > 0;
}

#endif
