/* Grapheme clusters (UAX 29, extended), as far as Precompiled needs them:
 * it treats clusters of up to CLUSTER_MAX bytes as one, and longer ones
 * character by character. So flags and other clusters whose parts are
 * longer than that anyway may be cut. Pure; any thread. */
#ifndef COMMON_TOKEN_CLUSTER_H
#define COMMON_TOKEN_CLUSTER_H

#include "common/base/slice.h"

#define CLUSTER_MAX 5

/* End of the cluster that starts at `at` < n, of valid UTF-8. */
size_t cluster_end(const char *p, size_t n, size_t at);

#endif
