/* Which adapters (LoRA) a worker has loaded, as far as one can tell: those
 * that it tells of, and those that were sent there, the last used first.
 * Engines keep as many, and drop the one that was used longest ago.
 *
 * Any thread; two that write at once may lose one of both, which is then
 * taken for not loaded until it is used again. */
#ifndef ROUTER_FLEET_ADAPTERS_H
#define ROUTER_FLEET_ADAPTERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/slice.h"

#define ADAPTERS_MAX 32

struct adapters {
	atomic_uint room; /* that it can have at a time; 0: not told */
	struct {
		_Atomic uint64_t name, used_ms;
	} slot[ADAPTERS_MAX];
};

/* What stands for a name here; 0: no adapter. */
uint64_t adapters_name(struct slice name);
/* `now_ms`: monotonic, not 0. No adapter is none that is used. */
void adapters_use(struct adapters *a, uint64_t name, uint64_t now_ms);
/* By the worker's own word: names with commas between them. */
void adapters_told(struct adapters *a, unsigned room, struct slice names,
		   uint64_t now_ms);
bool adapters_has(const struct adapters *a, uint64_t name);

#endif
