#include "common/base/fingerprint.h"

#include "common/base/fingerprint_avx2.h"

/* For the state's size: it lives with the caller. */
#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

_Static_assert(sizeof(XXH3_state_t) <= sizeof(struct fingerprint),
	       "the state must fit");

static XXH3_state_t *state_of(struct fingerprint *f)
{
	return (XXH3_state_t *)(void *)f->state;
}

uint64_t fingerprint64(struct slice s, uint64_t seed)
{
	return XXH3_64bits_withSeed(s.n ? s.p : "", s.n, seed);
}

struct fingerprint_value fingerprint128(struct slice s, uint64_t seed)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2"))
		return fingerprint128_avx2(s.n ? s.p : "", s.n, seed);
#endif
	XXH128_hash_t h = XXH3_128bits_withSeed(s.n ? s.p : "", s.n, seed);

	return (struct fingerprint_value){h.low64, h.high64};
}

void fingerprint_begin(struct fingerprint *f)
{
	XXH3_128bits_reset(state_of(f));
}

void fingerprint_mix(struct fingerprint *f, struct slice part)
{
	uint64_t n = part.n;

	XXH3_128bits_update(state_of(f), &n, sizeof(n));
	if (part.n > 0)
		XXH3_128bits_update(state_of(f), part.p, part.n);
}

struct fingerprint_value fingerprint_so_far(const struct fingerprint *f)
{
	const XXH3_state_t *state = (const void *)f->state;
	XXH128_hash_t h = XXH3_128bits_digest(state);

	return (struct fingerprint_value){h.low64, h.high64};
}
