#include "tools/sim/offer.h"

#include "common/base/assert.h"
#include "common/base/mem.h"

#include <string.h>

void offers_init(struct offers *o, struct cache *cache)
{
	*o = (struct offers){.cache = cache};
	list_init(&o->all);
	map_init(&o->by_key);
	o->ended = mem_array(OFFERS_ENDED, sizeof(*o->ended));
}

static void offer_free(struct offers *o, struct offer *f)
{
	cache_release(o->cache, &f->seq);
	seq_fini(&f->seq);
	map_remove(&o->by_key, slice_of(f->key));
	list_remove(&f->node);
	o->n--;
	mem_free(f);
}

void offers_fini(struct offers *o)
{
	struct list *it, *tmp;

	if (!o->cache)
		return;
	LIST_EACH (it, tmp, &o->all) {
		offer_free(o, LIST_ENTRY(it, struct offer, node));
	}
	map_fini(&o->by_key);
	mem_free(o->ended);
	*o = (struct offers){0};
}

struct offer *offers_find(const struct offers *o, struct slice key)
{
	return map_find(&o->by_key, key);
}

struct offer *offers_add(struct offers *o, struct slice key,
			 enum offer_state state, double expires_s)
{
	struct offer *f = mem_zalloc(sizeof(*f));

	ASSERT(key.n < sizeof(f->key));
	memcpy(f->key, key.p, key.n);
	f->state = state;
	f->expires_s = expires_s;
	seq_init(&f->seq, (struct hash_extra){0});
	ASSERT(map_set(&o->by_key, key, f) == NULL);
	list_push_back(&o->all, &f->node);
	o->n++;
	return f;
}

void offer_set(struct offer *f, enum offer_state state)
{
#define OFFER_TO(name) 1u << OFFER_##name
#define X(name, next)  next,
	static const unsigned may_follow[] = {OFFER_STATES(X)};
#undef X
#undef OFFER_TO

	ASSERT(may_follow[f->state] >> state & 1);
	f->state = state;
}

void offer_fill(struct offer *f, struct seq *s, size_t n_tokens,
		double expires_s)
{
	offer_set(f, OFFER_READY);
	seq_fini(&f->seq);
	f->seq = *s;
	*s = (struct seq){0};
	/* The request's texts go with the request. */
	f->seq.extra = (struct hash_extra){0};
	f->n_tokens = n_tokens;
	f->expires_s = expires_s;
}

void offers_end(struct offers *o, struct offer *f, enum complaint_kind why)
{
	struct offer_end *at = &o->ended[o->n_ended++ % OFFERS_ENDED];

	memcpy(at->key, f->key, sizeof(at->key));
	at->why = why;
	offer_free(o, f);
}

void offers_forget(struct offers *o, struct offer *f)
{
	offer_free(o, f);
}

enum complaint_kind offers_why_none(const struct offers *o, struct slice key)
{
	uint64_t n = o->n_ended < OFFERS_ENDED ? o->n_ended : OFFERS_ENDED;

	for (uint64_t i = 1; i <= n; i++) {
		const struct offer_end *at =
			&o->ended[(o->n_ended - i) % OFFERS_ENDED];

		if (slice_equal(key, slice_of(at->key)))
			return at->why;
	}
	return COMPLAINT_UNKNOWN;
}

struct giver *offer_waiting(const struct offer *f)
{
	return f->giver && f->giver->waits ? f->giver : NULL;
}

bool offer_may_expire(const struct offer *f)
{
	if (f->state == OFFER_COMPUTING)
		return offer_waiting(f) && !f->taker;
	return f->state != OFFER_LENT;
}

struct offer *offers_overdue(const struct offers *o, double now_s)
{
	struct list *it, *tmp;

	LIST_EACH (it, tmp, &o->all) {
		struct offer *f = LIST_ENTRY(it, struct offer, node);

		if (offer_may_expire(f) && f->expires_s <= now_s)
			return f;
	}
	return NULL;
}

bool offers_next_s(const struct offers *o, double *at_s)
{
	struct list *it, *tmp;
	bool any = false;

	LIST_EACH (it, tmp, &o->all) {
		const struct offer *f = LIST_ENTRY(it, struct offer, node);

		if (!offer_may_expire(f) || (any && f->expires_s >= *at_s))
			continue;
		*at_s = f->expires_s;
		any = true;
	}
	return any;
}

size_t offers_blocks(const struct offers *o)
{
	struct list *it, *tmp;
	size_t n = 0;

	LIST_EACH (it, tmp, &o->all) {
		n += LIST_ENTRY(it, struct offer, node)->seq.n_blocks;
	}
	return n;
}
