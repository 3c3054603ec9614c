/* What engines say that they serve: GET /v1/models, asked of all at once.
 * Blocking; main thread or a helper. */
#ifndef ROUTER_ROSTER_H
#define ROUTER_ROSTER_H

#include "common/base/arena.h"
#include "router/fleet/fleet.h"

#define ROSTER_MAX_NAMES      256 /* of one engine */
#define ROSTER_MAX_NAME_BYTES 256

/* Names of one engine: first its model's, then other names of that, and
 * apart those of its LoRA adapters. None: it has not answered. */
struct roster {
	struct slice *name, *lora; /* in the arena */
	size_t n_names, n_loras;
	struct error err; /* why there is none */
};

/* The answer's body, which a stranger may have written. ERR_INVALID where it
 * is not a list that begins with a model; `out` is then untouched. */
MUST_USE enum status roster_parse(struct slice body, struct arena *a,
				  struct roster *out, struct error *err);
/* `out` has one for each of the fleet's workers. */
void roster_ask(struct fleet *f, uint64_t timeout_ms, struct arena *a,
		struct roster *out);

#endif
