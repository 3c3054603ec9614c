/* Objects of one size, apart from the heap.
 *
 * What lives as long as a connection must not lie between what lives as
 * long as a request: each such object would keep a page, or all the pages
 * below it. Here they lie side by side, in spans of 64 KiB of which those
 * that are full longest are used last.
 *
 * A span that is left empty goes back to the system at once, but for a few.
 * Of those that had to be asked for again soon some are kept the next time,
 * so a load that comes in waves costs few calls; slab_settle() ends that when
 * the waves have ended. One thread. */
#ifndef COMMON_BASE_SLAB_H
#define COMMON_BASE_SLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/list.h"

#define SLAB_SPAN_BYTES ((size_t)64 * 1024)
/* Of an object; 16 of them are a span. */
#define SLAB_MAX_BYTES ((size_t)4032)

struct slab {
	struct list open; /* spans with room; those without an object last */
	uint32_t object_bytes;
	uint32_t inverse; /* of object_bytes, in units of 2^-32 */
	size_t n_of_span; /* objects that a span has room for */
	size_t n, n_spans, n_empty;
	size_t max_empty; /* kept, but not of a peak */
	size_t top;       /* of n, since it was last found quiet */
	size_t high;      /* of n, since it was last looked at ... */
	size_t dropped;   /* ... and spans given back since then, ... */
	size_t wanted;    /* ... of which these had to be mapped again */
};

/* Objects are aligned to 16. `max_empty` is what a slab keeps that is used
 * now and again, lest each time cost a call. */
void slab_init(struct slab *s, size_t object_bytes, size_t max_empty);
/* All objects have been freed. */
void slab_fini(struct slab *s);

void *slab_alloc(struct slab *s);
void *slab_zalloc(struct slab *s);
void slab_free(struct slab *s, void *object); /* NULL is allowed */

/* Gives back what holds no object, down to single pages. */
void slab_trim(struct slab *s);
/* There was a peak of several spans, and a quarter or less is left of it:
 * it should be looked at in a while. */
static inline bool slab_has_fallen(const struct slab *s)
{
	size_t peak = s->high > s->top ? s->high : s->top;

	return UNLIKELY(peak > 4 * s->n_of_span) && s->n <= peak / 4;
}
/* That look. If no more than a quarter of the peak was needed since the
 * last one, it trims and returns true. */
bool slab_settle(struct slab *s);

#endif
