/* The digests of the keys that came last. Most keys come again and again,
 * and a digest takes longer than all the rest of an admission.
 *
 * A digest follows from its key alone, so a memo outlives the tenants: it
 * tells what a key is, never whom it lets in. It holds no key, only
 * fingerprints under a number that nobody else knows; to be taken for
 * another's key, one would have to hit the fingerprint of a key that one
 * does not have. One thread. */
#ifndef ROUTER_TENANT_KEY_MEMO_H
#define ROUTER_TENANT_KEY_MEMO_H

#include "common/base/fingerprint.h"
#include "common/hash/sha256.h"

#define KEY_MEMO_SLOTS 256 /* a power of two */

struct key_memo {
	uint64_t secret;
	struct {
		struct fingerprint_value of;
		uint8_t digest[SHA256_BYTES];
	} slot[KEY_MEMO_SLOTS];
};

void key_memo_init(struct key_memo *m);

/* sha256_digest() of a sound key, until the next call; else NULL. */
const uint8_t *key_memo_digest(struct key_memo *m, struct slice key);

#endif
