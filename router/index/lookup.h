/* Many lookups at once.
 *
 * A lookup is hardly anything but waiting for memory, so several blocks are
 * on their way from there while one is looked at. */
#ifndef ROUTER_INDEX_LOOKUP_H
#define ROUTER_INDEX_LOOKUP_H

#include <stdint.h>

#include "router/index/plane.h"

#define LOOKUP_MAX 64 /* blocks in one go */

/* Who holds the blocks of hash[0, n): what plane_mask() says of each. Any
 * thread. */
void lookup_masks(const struct plane *p, const uint64_t *hash, unsigned n,
		  uint64_t *mask);

#endif
