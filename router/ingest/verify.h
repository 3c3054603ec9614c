/* Whether a worker's predictions hold: predicted against reported cached
 * tokens, over its last requests. Pure; one thread. */
#ifndef ROUTER_INGEST_VERIFY_H
#define ROUTER_INGEST_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "router/ingest/ingest.h"

enum verify_action {
	VERIFY_FINE,
	VERIFY_RESYNC,   /* forget its blocks and learn them anew */
	VERIFY_DISTRUST, /* that did not help: do without its events */
};

struct verify {
	/* One bit a request, the newest lowest. */
	uint64_t wrong;  /* differs, and no block came or went meanwhile */
	uint64_t absent; /* less was cached than predicted, for any cause */
	unsigned n;      /* requests seen, at most the window */
	unsigned strikes;
	unsigned good; /* in a row since the last strike */
};

void verify_init(struct verify *v);

/* What one outcome means. A difference of less than a block is none:
 * engines leave at least one token uncached. */
enum ingest_verdict verify_judge(uint32_t predicted, uint32_t reported,
				 size_t block_size, bool changed);

/* `absent`: less was cached than predicted. */
enum verify_action verify_add(struct verify *v, enum ingest_verdict verdict,
			      bool absent);

#endif
