#include "router/proxy/waiting.h"

#define MEMORY  0.1 /* of the mean, that each that goes moves it by */
#define MOST_MS 3600000

void waiting_room_init(struct waiting_room *room)
{
	*room = (struct waiting_room){.each_ms = 0};
	for (size_t i = 0; i < CONF_PRIORITIES; i++)
		list_init(&room->class[i]);
}

static struct waiting *waiting_of(struct list *node)
{
	return LIST_ENTRY(node, struct waiting, link);
}

/* The one after its tenant's last; without any, that of those who go
 * next. */
static uint64_t next_round(struct list *class, const struct waiting *w)
{
	struct list *it = class->prev;

	if (list_empty(class))
		return 0;
	for (; it != class; it = it->prev)
		if (waiting_of(it)->whose == w->whose)
			return waiting_of(it)->round + 1;
	return waiting_of(class->next)->round;
}

static bool goes_before(const struct waiting *a, const struct waiting *b)
{
	return a->round < b->round ||
	       (a->round == b->round && a->since_ms < b->since_ms);
}

void waiting_add(struct waiting_room *room, struct waiting *w)
{
	struct list *class = &room->class[w->class], *it = class->prev;

	ASSERT(w->class < CONF_PRIORITIES);
	if (!w->was_here)
		w->round = next_round(class, w);
	w->was_here = true;
	while (it != class && goes_before(w, waiting_of(it)))
		it = it->prev;
	list_push_front(it, &w->link);
}

void waiting_put_back(struct waiting_room *room, struct waiting *w)
{
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
		const struct list *head = &room->class[i], *it;

		for (it = head->next; it != head; it = it->next) {
			const struct waiting *w = LIST_ENTRY(it, struct waiting,
							     link);

			if (w->since_ms < oldest_ms)
				oldest_ms = w->since_ms;
		}
	}
	return oldest_ms;
}

void waiting_went(struct waiting_room *room, uint64_t now_ms)
{
	double ms = (double)(now_ms - room->went_ms);

	if (room->went_ms != 0)
		room->each_ms += (room->each_ms > 0 ? MEMORY : 1) *
				 (ms - room->each_ms);
	room->went_ms = now_ms;
}

uint64_t waiting_time_ms(const struct waiting_room *room, size_t n)
{
	double ms = room->each_ms * (double)n;

	return ms < MOST_MS ? (uint64_t)ms : MOST_MS;
}
