/* What Mooncake's bootstrap server of a prefill worker says of its ranks:
 * by which engine_id a decode worker finds them. An engine that starts anew
 * has another one, so it is asked again and again. The main loop's. */
#ifndef ROUTER_PROBE_BOOTSTRAP_H
#define ROUTER_PROBE_BOOTSTRAP_H

#include "router/probe/check.h"

struct bootstrap {
	struct check check;
	struct timer timer;
	struct worker **worker; /* the owner's; all ranks of one url */
	size_t n;
	uint64_t interval_ms, timeout_ms;
};

void bootstrap_init(struct bootstrap *b, struct loop *l);
void bootstrap_fini(struct bootstrap *b);
/* Asks from now on, if there is anything to ask for. `worker` outlives the
 * next call of this or of bootstrap_fini(). */
void bootstrap_set(struct bootstrap *b, struct worker **worker, size_t n,
		   const struct conf_probe *conf);

/* The engine_id of a data-parallel rank (-1: the only one) in the answer to
 * GET /query: {"0":{"engine_id":"…",…},…}; raw, without its quotes. Pure. */
MUST_USE enum status bootstrap_read(struct slice json, int rank,
				    struct slice *out);

#endif
