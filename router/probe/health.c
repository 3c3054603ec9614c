#include "router/probe/health.h"

bool health_add(struct health *h, bool ok, size_t down_after, size_t up_after)
{
	enum worker_health to = ok ? WORKER_UP : WORKER_DOWN;
	size_t needed = ok ? up_after : down_after;

	if (h->state == to) {
		h->in_a_row = 0;
		return false;
	}
	h->in_a_row++;
	if (h->state != WORKER_UNKNOWN && h->in_a_row < needed)
		return false;
	h->state = to;
	h->in_a_row = 0;
	return true;
}
