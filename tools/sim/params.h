/* The `kv_transfer_params` that a NIXL worker answers with, by release.
 * Pure. */
#ifndef TOOLS_SIM_PARAMS_H
#define TOOLS_SIM_PARAMS_H

#include "common/base/buf.h"

struct params_offer {
	bool is_decode;   /* for the next turn's prefill leg, not for decode */
	uint64_t version; /* minor */
	struct slice key, engine_id, host;
	uint64_t port;
	const uint32_t *block;
	size_t n_blocks, n_tokens;
};

/* The engine's own name of a request: releases from 0.14 on append
 * something to the client's. */
void params_key(const char *id, uint64_t version, uint64_t unique, char *to,
		size_t size);
void params_put(const struct params_offer *o, struct buf *to);
/* leg_params_print() of what was put. */
uint64_t params_print(const struct buf *b);

#endif
