#include "router/fleet/resident_slots.h"

static struct list *list_of(struct residents *r, enum resident_state state)
{
	struct list *const of[] = {
		[RESIDENT_FREE] = &r->free_slots,
		[RESIDENT_LIVE] = &r->live_slots,
		[RESIDENT_IDLE] = &r->idle_slots,
	};

	return of[state];
}

void resident_set_state(struct residents *r, struct resident *s,
			enum resident_state state)
{
	s->state = state;
	list_remove(&s->link);
	list_push_back(list_of(r, state), &s->link);
}

/* What it is found by. */
static uint64_t key_of(const struct resident *s)
{
	return s->session != 0 ? s->session : s->tip;
}

static bool is_of(const struct resident *s, const struct residents_ask *a)
{
	if (a->session != 0 || s->session != 0)
		return s->session == a->session;
	return s->tip_at < a->n && a->key[s->tip_at] == s->tip;
}

static struct resident *find_in_list(struct list *slots,
				     const struct residents_ask *a)
{
	struct resident *best = NULL;
	struct list *it, *tmp;

	LIST_EACH (it, tmp, slots) {
		struct resident *s = LIST_ENTRY(it, struct resident, link);

		if (is_of(s, a) && (best == NULL || s->tip_at > best->tip_at))
			best = s;
	}
	return best;
}

static struct resident *find_key(struct residents *r, enum resident_state state,
				 const struct residents_ask *a, uint64_t key)
{
	for (int i = slot_keys_first(&r->keys, key); i >= 0;
	     i = slot_keys_next(&r->keys, i)) {
		struct resident *s = &r->slot[i];

		if (s->state == state && key_of(s) == key && is_of(s, a))
			return s;
	}
	return NULL;
}

/* Of a prompt with more blocks than there are slots, it is faster to look at
 * these. */
struct resident *resident_find(struct residents *r, enum resident_state state,
			       const struct residents_ask *a)
{
	struct resident *s = NULL;

	if (a->session != 0)
		return find_key(r, state, a, a->session);
	if (a->n > RESIDENTS_MAX)
		return find_in_list(list_of(r, state), a);
	for (size_t i = a->n; i > 0 && s == NULL; i--)
		if (slot_keys_first(&r->keys, a->key[i - 1]) >= 0)
			s = find_key(r, state, a, a->key[i - 1]);
	return s;
}

static bool had_turn(const struct resident *s)
{
	return s->session != 0 || s->tip_at != UINT32_MAX;
}

void resident_note_turn(struct residents *r, struct resident *s,
			const struct residents_ask *a)
{
	size_t slot = (size_t)(s - r->slot);

	if (had_turn(s))
		slot_keys_remove(&r->keys, key_of(s), slot);
	s->session = a->session;
	s->class = a->class;
	s->was_refused = false;
	s->tip_at = a->n > 0 ? (uint32_t)a->n - 1 : UINT32_MAX;
	s->tip = a->n > 0 ? a->key[a->n - 1] : 0;
	s->first = a->n >= SHARED_PREFIX_LEAST ? a->key[SHARED_PREFIX_LEAST - 1]
					       : 0;
	slot_keys_add(&r->keys, key_of(s), slot);
}

void resident_slots_init(struct residents *r)
{
	list_init(&r->live_slots);
	list_init(&r->idle_slots);
	list_init(&r->free_slots);
	for (size_t i = 0; i < RESIDENTS_MAX; i++) {
		r->slot[i].shared = SHARED_PREFIX_NONE;
		r->slot[i].tip_at = UINT32_MAX;
		list_init(&r->slot[i].link);
		list_push_back(&r->free_slots, &r->slot[i].link);
	}
}
