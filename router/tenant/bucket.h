/* Token buckets in whole nanoseconds: what was taken is told by the moment
 * at which the bucket is full again. One word, so that all lanes share one
 * without a lock; at most what is promised is given, whoever asks at the
 * same time. `now_ns` is the monotonic clock's, so nobody gains or loses
 * when the wall clock jumps.
 *
 * Amounts are units of what is limited: requests, or tokens. Any thread. */
#ifndef ROUTER_TENANT_BUCKET_H
#define ROUTER_TENANT_BUCKET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* `capacity` units flow in within `window_ns`, which is at most 2^62. */
struct bucket_rate {
	uint64_t capacity; /* 0: there is no limit */
	uint64_t window_ns;
};

/* All zero is a full one. */
struct bucket {
	_Atomic uint64_t full_at_ns;
};

struct bucket_level {
	uint64_t remaining;
	uint64_t full_in_ns;
};

/* False where there are not so many: `wait_ns` is then how long until there
 * are, UINT64_MAX if there never will be. */
bool bucket_take(struct bucket *b, const struct bucket_rate *r, uint64_t amount,
		 uint64_t now_ns, uint64_t *wait_ns);
/* Takes what was used already, there or not: it is missing later. */
void bucket_owe(struct bucket *b, const struct bucket_rate *r, uint64_t amount,
		uint64_t now_ns);
/* Gives back of what was taken at `taken_ns`. What has flowed in for it
 * since is not given twice. `taken`: how many that were in all. */
void bucket_give_back(struct bucket *b, const struct bucket_rate *r,
		      uint64_t amount, uint64_t taken, uint64_t taken_ns,
		      uint64_t now_ns);
struct bucket_level bucket_look(const struct bucket *b,
				const struct bucket_rate *r, uint64_t now_ns);

#endif
