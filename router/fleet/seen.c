#include "router/fleet/seen.h"

static struct slots slots_of(struct seen_slots *s)
{
	return (struct slots){&s->head, s->state, s->seen, SEEN_SLOTS,
			      sizeof(*s->seen)};
}

bool seen_put(struct seen_slots *s, const struct seen *seen)
{
	const struct slots slots = slots_of(s);

	return slots_put(&slots, seen);
}

/* They are nearly in order. */
static void put_in_order(struct seen *seen, unsigned n)
{
	for (unsigned i = 1; i < n; i++) {
		const struct seen one = seen[i];
		unsigned at = i;

		for (; at > 0 && seen[at - 1].at_us > one.at_us; at--)
			seen[at] = seen[at - 1];
		seen[at] = one;
	}
}

unsigned seen_take(struct seen_slots *s, struct seen *out)
{
	const struct slots slots = slots_of(s);
	unsigned n = slots_take(&slots, out);

	put_in_order(out, n);
	return n;
}
