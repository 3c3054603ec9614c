/* Quick names for bytes: XXH3, which is no cryptographic hash. For tables
 * and memos of our own, never for what a peer could gain by forging. */
#ifndef COMMON_BASE_FINGERPRINT_H
#define COMMON_BASE_FINGERPRINT_H

#include <stdalign.h>
#include <stdbool.h>

#include "common/base/slice.h"

uint64_t fingerprint64(struct slice s, uint64_t seed);

struct fingerprint_value {
	uint64_t low, high;
};

/* 128 bits of one text. */
struct fingerprint_value fingerprint128(struct slice s, uint64_t seed);

static inline bool fingerprint_equal(struct fingerprint_value a,
				     struct fingerprint_value b)
{
	return a.low == b.low && a.high == b.high;
}

/* 128 bits over a list of parts; no two lists of parts read alike, since
 * each part's length goes in before it. */
struct fingerprint {
	alignas(64) unsigned char state[640];
};

void fingerprint_begin(struct fingerprint *f);
void fingerprint_mix(struct fingerprint *f, struct slice part);
/* Of all parts so far; more may follow. */
struct fingerprint_value fingerprint_so_far(const struct fingerprint *f);

#endif
