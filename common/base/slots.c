#include "common/base/slots.h"

#include <string.h>

enum { FREE, BUSY, FULL };

static char *slot_at(const struct slots *s, unsigned i)
{
	return (char *)s->slot + i * s->size;
}

bool slots_put(const struct slots *s, const void *from)
{
	unsigned at = atomic_fetch_add_explicit(&s->head->next, 1,
						memory_order_relaxed) %
		      s->n;
	unsigned was = FREE;

	if (!atomic_compare_exchange_strong_explicit(&s->state[at], &was, BUSY,
						     memory_order_acquire,
						     memory_order_relaxed)) {
		atomic_fetch_add_explicit(&s->head->lost, 1,
					  memory_order_relaxed);
		return false;
	}
	memcpy(slot_at(s, at), from, s->size);
	atomic_store_explicit(&s->state[at], FULL, memory_order_release);
	return true;
}

/* From the slot that is filled next on: it was filled longest ago. */
unsigned slots_take(const struct slots *s, void *to)
{
	unsigned from = atomic_load_explicit(&s->head->next,
					     memory_order_relaxed);
	unsigned n = 0;

	for (unsigned i = 0; i < s->n; i++) {
		unsigned at = (from + i) % s->n;

		if (atomic_load_explicit(&s->state[at], memory_order_acquire) !=
		    FULL)
			continue;
		memcpy((char *)to + n++ * s->size, slot_at(s, at), s->size);
		atomic_store_explicit(&s->state[at], FREE,
				      memory_order_release);
	}
	return n;
}

unsigned slots_lost(const struct slots *s)
{
	return atomic_exchange_explicit(&s->head->lost, 0,
					memory_order_relaxed);
}
