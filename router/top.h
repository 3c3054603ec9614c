/* What `warmpath top` shows: a screenful of text, of what the admin port
 * tells and of what has changed since it was last asked. Pure. */
#ifndef ROUTER_TOP_H
#define ROUTER_TOP_H

#include "common/base/buf.h"
#include "common/base/map.h"

/* Counters at a moment, over all models. */
struct top_counts {
	double at_s;          /* by any clock */
	double ended, failed; /* requests */
	double active, queued;
	double first_byte_s, first_bytes; /* sum, and of how many */
	double prompt_tokens, cached_tokens, predicted_tokens;
	double shadow, shadow_other;
	struct map decisions; /* worker's name → double *, owned */
};

/* From /metrics. `c` is zero, or was ended. */
void top_counts_read(struct top_counts *c, struct slice metrics, double at_s);
void top_counts_fini(struct top_counts *c);

struct top {
	const char *url;                   /* of the admin port */
	const struct top_counts *was, *is; /* `was` NULL: not known */
	struct slice workers;              /* JSON, of /workers */
	struct slice decisions;            /* text, of /decisions */
	size_t rows, columns;              /* of the screen; rows 0: any */
};

/* Lines with '\n' at their ends, each cut to the columns, as many as there
 * are rows. ERR_INVALID: the workers are not what a gateway tells. */
MUST_USE enum status top_draw(const struct top *t, struct buf *out,
			      struct error *err);

#endif
