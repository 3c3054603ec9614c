/* API keys: what they look like, and whose they are.
 *
 * A table holds the keys' SHA-256 alone. A key that is presented is found by
 * its digest, which is compared whole, in a time that does not depend on
 * where two differ: how long a look takes tells nothing about the keys that
 * are right. Any thread reads. */
#ifndef ROUTER_TENANT_KEY_H
#define ROUTER_TENANT_KEY_H

#include "router/tenant/key_memo.h"

#define KEY_MAX_BYTES 512

/* 1 to KEY_MAX_BYTES visible ASCII characters. */
bool key_is_sound(struct slice key);

struct key_slot {
	uint8_t digest[SHA256_BYTES];
	uint32_t owner; /* 1 more; 0: free */
};

struct key_table {
	struct key_slot *slot; /* `size`, a power of two, or NULL */
	size_t size, n;
};

#define KEY_NOBODY SIZE_MAX

void key_table_init(struct key_table *t, size_t max_keys);
void key_table_fini(struct key_table *t);
/* No digest twice; up to max_keys. */
void key_table_add(struct key_table *t, const uint8_t digest[SHA256_BYTES],
		   size_t owner);
/* KEY_NOBODY: it is not there, or not sound. */
size_t key_table_find(const struct key_table *t, struct key_memo *memo,
		      struct slice key);

#endif
