/* LMCache's receiving end in a decode worker: one port where senders make
 * themselves known, one where they get room for a request's chunks and say
 * when those are written. The loop's thread. */
#ifndef TOOLS_SIM_RECEIVER_H
#define TOOLS_SIM_RECEIVER_H

#include "tools/sim/channel.h"
#include "tools/sim/stock.h"

struct transfer;

struct receiver {
	struct transfer *transfer;
	struct channel *init, *alloc;
	uint64_t init_port, alloc_port;
	struct list arrivals; /* chunks that are being written */
	struct map senders;   /* engines that have made themselves known */
	struct stock stock;
};

/* `*r` is zero. `t` says who it is; ports of 0: the kernel chooses. False
 * with `err`; receiver_fini must follow either way. */
MUST_USE bool receiver_init(struct receiver *r, struct transfer *t,
			    uint64_t init_port, uint64_t alloc_port,
			    struct error *err);
void receiver_fini(struct receiver *r);

#endif
