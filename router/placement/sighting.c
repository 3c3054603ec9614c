#include "router/placement/sighting.h"

static struct slots slots_of(struct sighting_slots *s)
{
	return (struct slots){&s->head, s->state, s->sighting, SIGHTING_SLOTS,
			      sizeof(*s->sighting)};
}

bool sighting_put(struct sighting_slots *s, const struct sighting *seen)
{
	const struct slots slots = slots_of(s);

	return slots_put(&slots, seen);
}

unsigned sighting_take(struct sighting_slots *s, struct sighting *out,
		       double *weight)
{
	const struct slots slots = slots_of(s);
	unsigned n = slots_take(&slots, out), lost = slots_lost(&slots);

	*weight = n > 0 ? 1 + (double)lost / n : 1;
	return n;
}
