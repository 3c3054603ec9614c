#include "router/fleet/seen.h"

enum { FREE, BUSY, FULL };

bool seen_put(struct seen_slots *s, const struct seen *seen)
{
	unsigned at = atomic_fetch_add_explicit(&s->next, 1,
						memory_order_relaxed) %
		      SEEN_SLOTS;
	unsigned was = FREE;

	if (!atomic_compare_exchange_strong_explicit(&s->slot[at].state, &was,
						     BUSY, memory_order_acquire,
						     memory_order_relaxed))
		return false;
	s->slot[at].seen = *seen;
	atomic_store_explicit(&s->slot[at].state, FULL, memory_order_release);
	return true;
}

/* They are nearly in order: from the slot that is filled next on. */
static void put_in_order(struct seen *out, unsigned n, const struct seen *seen)
{
	while (n > 0 && out[n - 1].at_us > seen->at_us) {
		out[n] = out[n - 1];
		n--;
	}
	out[n] = *seen;
}

unsigned seen_take(struct seen_slots *s, struct seen *out)
{
	unsigned from = atomic_load_explicit(&s->next, memory_order_relaxed);
	unsigned n = 0;

	for (unsigned i = 0; i < SEEN_SLOTS; i++) {
		unsigned at = (from + i) % SEEN_SLOTS;

		if (atomic_load_explicit(&s->slot[at].state,
					 memory_order_acquire) != FULL)
			continue;
		put_in_order(out, n++, &s->slot[at].seen);
		atomic_store_explicit(&s->slot[at].state, FREE,
				      memory_order_release);
	}
	return n;
}
