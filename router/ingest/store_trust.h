/* Whether what a shared store was to give to a worker does come.
 *
 * Stores drop blocks without a word, and some tell of no removal at all, so
 * answers are what shows it. Blocks that did not come are taken out of the
 * index one by one, by whoever sees it. Where nothing came so many times in a
 * row, more is wrong than those: if others missed what is there, too, since
 * somebody last got something, the store has been emptied; if this worker is
 * the only one, its way to the store is broken. Pure; the ingest thread. */
#ifndef ROUTER_INGEST_STORE_TRUST_H
#define ROUTER_INGEST_STORE_TRUST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define STORE_TRUST_MISSES 3
/* For so long a worker is thought to have no store then. */
#define STORE_TRUST_MS 600000

enum store_trust_action {
	STORE_TRUST_FINE,
	STORE_TRUST_LEAVE, /* the worker is not to count on the store */
	STORE_TRUST_EMPTY, /* what the store holds is to be forgotten */
};

struct store_trust {
	unsigned missed;   /* by this worker, in a row */
	uint64_t until_ms; /* it does without the store; 0: it does not */
};

/* `all_missed` is the store's: by all workers, in a row. */
enum store_trust_action store_trust_add(struct store_trust *t,
					atomic_uint *all_missed, bool came,
					uint64_t now_ms);
/* Whether it is to be tried again, from now on. */
bool store_trust_is_over(struct store_trust *t, uint64_t now_ms);

#endif
