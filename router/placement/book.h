/* How often each prefix is asked for, of late and for longer: what a plan
 * takes for the demand to come.
 *
 * A prefix is known by the key of its last block. As many are followed as
 * there is room for; the one that is asked for least gives way to a new one.
 * Fixed memory, one thread; times are monotonic ms. */
#ifndef ROUTER_PLACEMENT_BOOK_H
#define ROUTER_PLACEMENT_BOOK_H

#include "router/placement/sighting.h"

#define BOOK_PREFIXES 1024
#define BOOK_WAYS     8 /* places that a key may have */

struct book_prefix {
	uint64_t tokens_key, engine_key;
	uint32_t blocks, model; /* blocks 0: nobody's place */
	double beyond;          /* tokens behind it, on average */
	/* Sightings, each of which counts for half as much after a few
	 * seconds, and after longer. */
	double soon, late;
	uint64_t at_ms; /* as of then */
};

struct book {
	struct book_prefix prefix[BOOK_PREFIXES];
};

/* `weight`: it stands for so many. */
void book_saw(struct book *b, const struct sighting *s, double weight,
	      uint64_t now_ms);
void book_clear(struct book *b);

/* Requests a second that ask for it now. */
double book_rate(const struct book_prefix *p, uint64_t now_ms);
/* The same as it will be if it goes on as it has: of one that rises, more. */
double book_outlook(const struct book_prefix *p, uint64_t now_ms);
/* Sightings of late, of which a single one says little. */
double book_weight(const struct book_prefix *p, uint64_t now_ms);

#endif
