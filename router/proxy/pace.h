/* How long a body may go on coming in, by how much of it has come.
 *
 * A body that is slow holds a connection and memory; one that is long is no
 * less welcome for taking long. So it may go on while it keeps a least rate
 * from when its grace is over, up to a time that is bounded in any case.
 * Pure. */
#ifndef ROUTER_PROXY_PACE_H
#define ROUTER_PROXY_PACE_H

#include <stdint.h>

#define PACE_GRACE_MS 5000

struct pace {
	uint64_t bytes_a_second; /* 0: any rate will do */
	uint64_t max_ms;         /* from its beginning */
};

/* In ms from its beginning: until then it keeps pace if no byte more comes
 * than the `bytes` that are here. */
uint64_t pace_until(const struct pace *p, uint64_t bytes);

#endif
