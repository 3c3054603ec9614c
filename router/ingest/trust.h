/* How far a worker's events are believed, and why. Pure. */
#ifndef ROUTER_INGEST_TRUST_H
#define ROUTER_INGEST_TRUST_H

#include "router/ingest/source.h"

struct trust {
	enum worker_trust level;
	const char *reason; /* static storage; names what would mend it */
	enum worker_doubt doubt;
};

struct trust trust_of(const struct source *s, uint64_t now);

#endif
