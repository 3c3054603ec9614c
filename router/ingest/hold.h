/* Batches that wait for a replay to fill the gap before them. One thread. */
#ifndef ROUTER_INGEST_HOLD_H
#define ROUTER_INGEST_HOLD_H

#include "common/base/list.h"
#include "common/base/slice.h"

#define HOLD_MAX_BATCHES 16384
#define HOLD_MAX_BYTES   ((size_t)64 << 20)

struct held {
	struct list node;
	uint64_t seq, mark;
	struct slice payload; /* behind it in memory */
};

struct hold {
	struct list batch; /* oldest first */
	size_t n, bytes;
};

void hold_init(struct hold *h);
void hold_clear(struct hold *h);

/* Copies the payload. False if a bound above would be passed. */
bool hold_push(struct hold *h, uint64_t seq, uint64_t mark,
	       struct slice payload);
struct held *hold_first(const struct hold *h); /* or NULL */
void hold_pop(struct hold *h);

#endif
