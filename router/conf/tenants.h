/* The tenants: a YAML file of its own, which may change while the gateway
 * runs. Its keys are rows (schema_tenant.c), like the configuration's.
 *
 * Keys stand in it as SHA-256 digests, so that whoever reads the file can
 * call nothing with it. */
#ifndef ROUTER_CONF_TENANTS_H
#define ROUTER_CONF_TENANTS_H

#include "common/base/ref.h"
#include "common/hash/sha256.h"
#include "router/conf/conf.h"
#include "router/conf/stamp.h"

#define CONF_TENANTS_MAX       65536
#define CONF_TENANTS_MAX_BYTES ((size_t)64 << 20)
/* Classes 0 to 9; vLLM's own default is where this one is. */
#define CONF_PRIORITIES       10
#define CONF_PRIORITY_DEFAULT 5

struct conf_tenant {
	char *name;
	char **key; /* "sha256:HEX", as written */
	size_t n_keys;
	uint8_t (*digest)[SHA256_BYTES]; /* of each key */
	char **model;                    /* names that it may call; "*": all */
	size_t n_models;
	size_t priority;            /* higher goes first */
	double requests_per_second; /* 0: no limit, of these four */
	size_t burst;               /* 0: as many as come in a second */
	size_t tokens_per_minute;
	size_t max_streams;
	char *expires;       /* as written, or NULL */
	uint64_t expires_us; /* Unix time; 0: never */
	bool disabled;
	size_t line; /* in the file */
};

/* Immutable, counted. */
struct conf_tenants {
	struct ref ref;
	char *file;
	struct conf_stamp stamp;
	struct conf_tenant *tenant;
	size_t n, n_keys;
};

/* NULL if there was any fault. Blocking. */
struct conf_tenants *conf_tenants_load(const char *file,
				       struct conf_faults *faults);
struct conf_tenants *conf_tenants_parse(struct slice yaml, const char *file,
					struct conf_faults *faults);
struct conf_tenants *conf_tenants_ref(struct conf_tenants *t);
void conf_tenants_unref(struct conf_tenants **t);

/* config/tenants.yaml: every key, default, bound and help. */
void conf_tenants_reference(struct buf *out);

#endif
