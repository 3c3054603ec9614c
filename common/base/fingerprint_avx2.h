/* fingerprint128() for processors with AVX2. Private to this folder. */
#ifndef COMMON_BASE_FINGERPRINT_AVX2_H
#define COMMON_BASE_FINGERPRINT_AVX2_H

#include "common/base/fingerprint.h"

/* `p` is not NULL. */
struct fingerprint_value fingerprint128_avx2(const char *p, size_t n,
					     uint64_t seed);

#endif
