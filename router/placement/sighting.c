#include "router/placement/sighting.h"

enum { FREE, BUSY, FULL };

bool sighting_put(struct sighting_slots *s, const struct sighting *seen)
{
	unsigned at = atomic_fetch_add_explicit(&s->next, 1,
						memory_order_relaxed) %
		      SIGHTING_SLOTS;
	unsigned was = FREE;

	if (!atomic_compare_exchange_strong_explicit(&s->slot[at].state, &was,
						     BUSY, memory_order_acquire,
						     memory_order_relaxed)) {
		atomic_fetch_add_explicit(&s->lost, 1, memory_order_relaxed);
		return false;
	}
	s->slot[at].sighting = *seen;
	atomic_store_explicit(&s->slot[at].state, FULL, memory_order_release);
	return true;
}

unsigned sighting_take(struct sighting_slots *s, struct sighting *out,
		       double *weight)
{
	unsigned n = 0, lost;

	for (unsigned i = 0; i < SIGHTING_SLOTS; i++) {
		if (atomic_load_explicit(&s->slot[i].state,
					 memory_order_acquire) != FULL)
			continue;
		out[n++] = s->slot[i].sighting;
		atomic_store_explicit(&s->slot[i].state, FREE,
				      memory_order_release);
	}
	lost = atomic_exchange_explicit(&s->lost, 0, memory_order_relaxed);
	*weight = n > 0 ? 1 + (double)lost / n : 1;
	return n;
}
