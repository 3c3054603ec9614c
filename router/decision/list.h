/* Copies of decisions that were looked for, on their way from the lanes to
 * whoever asked. One thread at a time. */
#ifndef ROUTER_DECISION_LIST_H
#define ROUTER_DECISION_LIST_H

#include "router/decision/ring.h"

struct decision_list {
	struct decision_record **record; /* n of them, owned */
	size_t n, room;
};

void decision_list_fini(struct decision_list *l); /* empty again */
/* Copies of what decision_ring_find() finds; `r` may be NULL. */
void decision_list_find(struct decision_list *l, struct decision_ring *r,
			const struct decision_wanted *w);
/* Takes all of `from`, which is empty then. */
void decision_list_take(struct decision_list *l, struct decision_list *from);
/* The newest first, of a request its last try; no more than `max` stay. */
void decision_list_sort(struct decision_list *l, size_t max);

#endif
