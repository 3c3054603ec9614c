/* The last ids that were used, to see one that is used again. One thread. */
#ifndef TOOLS_SIM_USED_H
#define TOOLS_SIM_USED_H

#include "common/base/map.h"
#include "common/base/slice.h"

#define USED_IDS 4096

struct used {
	struct map known;
	char *ring[USED_IDS]; /* in the order of their use */
	size_t n;
};

void used_init(struct used *u);
void used_fini(struct used *u);
/* False if it was among the last USED_IDS already. */
MUST_USE bool used_take(struct used *u, struct slice id);

#endif
