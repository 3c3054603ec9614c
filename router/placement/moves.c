#include "router/placement/moves.h"

#include "common/base/assert.h"

static struct move *oldest_over(struct moves *m)
{
	struct move *oldest = NULL;

	for (struct move *v = m->move; v < m->move + MOVES_KEPT; v++) {
		if (v->state == MOVE_FREE)
			return v;
		if (!move_is_open(v) &&
		    (oldest == NULL || v->number < oldest->number))
			oldest = v;
	}
	return oldest;
}

struct move *moves_add(struct moves *m, const struct move *fresh,
		       uint64_t now_ms)
{
	struct move *v;

	if (m->n_open >= MOVES_OPEN)
		return NULL;
	v = oldest_over(m);
	*v = *fresh;
	v->state = MOVE_PLANNED;
	v->number = ++m->n_planned;
	v->planned_ms = v->since_ms = now_ms;
	m->n_open++;
	return v;
}

void moves_set(struct moves *m, struct move *v, enum move_state to,
	       uint64_t now_ms)
{
	ASSERT(move_is_open(v) && to > v->state);
	v->state = to;
	v->since_ms = now_ms;
	if (!move_is_open(v))
		m->n_open--;
}

bool move_bars(const struct move *v, uint64_t now_ms)
{
	if (v->state == MOVE_FREE)
		return false;
	return move_is_open(v) || now_ms < v->since_ms + MOVES_BARRED_MS;
}

enum move_state moves_next(const struct move *v, bool there, uint64_t now_ms)
{
	if (there)
		return v->state == MOVE_SENT ? MOVE_DONE : MOVE_CAME;
	if (v->state == MOVE_SENT && now_ms >= v->since_ms + MOVES_SENT_MS)
		return MOVE_FAILED;
	if (v->state == MOVE_PLANNED && now_ms >= v->since_ms + MOVES_OPEN_MS)
		return MOVE_EXPIRED;
	return v->state;
}

const char *move_state_name(enum move_state s)
{
	static const char *const name[] = {
#define X(id, name) [MOVE_##id] = (name),
		MOVE_STATES(X)
#undef X
	};

	return name[s];
}
