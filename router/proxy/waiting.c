#include "router/proxy/waiting.h"

void waiting_room_init(struct waiting_room *room)
{
	for (size_t i = 0; i < CONF_PRIORITIES; i++)
		list_init(&room->class[i]);
}

void waiting_add(struct waiting_room *room, struct waiting *w)
{
	ASSERT(w->class < CONF_PRIORITIES);
	list_push_back(&room->class[w->class], &w -> link);
}

/* When it would have come, had it been of the highest class. */
static uint64_t rank(const struct waiting *w)
{
	return w->since_ms +
	       (CONF_PRIORITIES - 1 - w->class) * WAITING_CLASS_MS;
}

struct waiting *waiting_take(struct waiting_room *room)
{
	struct waiting *best = NULL;

	for (size_t i = CONF_PRIORITIES; i > 0; i--) {
		struct list *class = &room->class[i - 1];
		struct waiting *w;

		if (list_empty(class))
			continue;
		w = LIST_ENTRY(class->next, struct waiting, link);
		if (best == NULL || rank(w) < rank(best))
			best = w;
	}
	if (best != NULL)
		list_remove(&best->link);
	return best;
}

void waiting_move(struct waiting_room *room, struct waiting_room *to)
{
	struct list *node;

	waiting_room_init(to);
	for (size_t i = 0; i < CONF_PRIORITIES; i++)
		while ((node = list_pop_front(&room->class[i])) != NULL)
			list_push_back(&to->class[i], node);
}

uint64_t waiting_oldest_ms(const struct waiting_room *room)
{
	uint64_t oldest_ms = UINT64_MAX;

	for (size_t i = 0; i < CONF_PRIORITIES; i++) {
		const struct list *head = &room->class[i];
		const struct waiting *w = LIST_ENTRY(head->next, struct waiting,
						     link);

		if (!list_empty(head) && w->since_ms < oldest_ms)
			oldest_ms = w->since_ms;
	}
	return oldest_ms;
}
