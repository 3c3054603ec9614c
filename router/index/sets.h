/* Sets of up to 64 holders, each kept once and named by a small number.
 *
 * Few distinct sets occur, so a table's slot can name its set in 21 bits
 * instead of holding 64. The writer counts who uses a set and takes a
 * number back when nobody does; readers look masks up without locks. */
#ifndef ROUTER_INDEX_SETS_H
#define ROUTER_INDEX_SETS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define SETS_BITS 21
#define SETS_MAX  ((uint32_t)1 << SETS_BITS)

struct sets {
	_Atomic uint64_t *mask; /* by number; 0 is the empty set */
	uint32_t *users;        /* by number; of a free one: the next free */
	uint32_t n, max; /* numbers ever given out, 0 included; at most */
	uint32_t free;   /* the first free number; 0: none */
	uint32_t used;
	uint32_t *bucket; /* numbers by hash of their mask; 0: none */
	uint32_t n_buckets;
};

/* About `max_bytes` are used, if there are ever that many sets. */
void sets_init(struct sets *s, size_t max_bytes);
void sets_fini(struct sets *s);

/* The number of `mask` with one user more, or 0 when all are given out.
 * The empty mask is number 0. Writer. */
uint32_t sets_ref(struct sets *s, uint64_t mask);
/* Writer. Whatever names the number must have been overwritten before. */
void sets_unref(struct sets *s, uint32_t number);

size_t sets_bytes(const struct sets *s);

/* Any thread. Acquires: whoever read a slot looks again at it afterwards,
 * for the number may have been given to another set in between. */
static inline uint64_t sets_mask(const struct sets *s, uint32_t number)
{
	return atomic_load_explicit(&s->mask[number], memory_order_acquire);
}

#endif
