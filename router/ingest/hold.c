#include "router/ingest/hold.h"

#include "common/base/mem.h"

#include <string.h>

void hold_init(struct hold *h)
{
	list_init(&h->batch);
	h->n = 0;
	h->bytes = 0;
}

void hold_clear(struct hold *h)
{
	while (hold_first(h) != NULL)
		hold_pop(h);
}

bool hold_push(struct hold *h, uint64_t seq, uint64_t mark,
	       struct slice payload)
{
	struct held *it;

	if (h->n >= HOLD_MAX_BATCHES ||
	    payload.n > HOLD_MAX_BYTES - sizeof(*it) ||
	    h->bytes > HOLD_MAX_BYTES - sizeof(*it) - payload.n)
		return false;
	it = mem_alloc(sizeof(*it) + payload.n);
	it->seq = seq;
	it->mark = mark;
	it->payload = (struct slice){(char *)(it + 1), payload.n};
	if (payload.n > 0)
		memcpy(it + 1, payload.p, payload.n);
	list_push_back(&h->batch, &it->node);
	h->n++;
	h->bytes += sizeof(*it) + payload.n;
	return true;
}

struct held *hold_first(const struct hold *h)
{
	return list_empty(&h->batch)
		       ? NULL
		       : LIST_ENTRY(h->batch.next, struct held, node);
}

void hold_pop(struct hold *h)
{
	struct held *it = hold_first(h);

	list_remove(&it->node);
	h->n--;
	h->bytes -= sizeof(*it) + it->payload.n;
	mem_free(it);
}
