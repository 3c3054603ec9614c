/* cache_salts: whose prefix cache a prompt is in.
 *
 * A tenant's is HMAC-SHA256(secret, name), so that replicas with the same
 * secret agree and nobody who lacks it can name another's. One that its
 * client sent is mixed in under the tenant's own as the key: it can part a
 * tenant's cache further, never join it with another's. Pure. */
#ifndef ROUTER_TENANT_SALT_H
#define ROUTER_TENANT_SALT_H

#include "common/hash/sha256.h"

#define SALT_BYTES SHA256_BASE64

struct salt {
	uint8_t raw[SHA256_BYTES];
	char json[SALT_BYTES + 2]; /* what engines get, in its quotes */
};

void salt_of_tenant(struct slice secret, struct slice name, struct salt *out);
void salt_combine(const struct salt *tenant, struct slice client,
		  struct salt *out);

static inline struct slice salt_text(const struct salt *s)
{
	return (struct slice){s->json + 1, SALT_BYTES};
}

#endif
