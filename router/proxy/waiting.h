/* Requests that wait, in classes: a higher one goes first, and in a class
 * the oldest. A second of waiting counts as much as a class, so whoever
 * waits long enough is before all that come later, whatever their class.
 * One thread. Private to this folder. */
#ifndef ROUTER_PROXY_WAITING_H
#define ROUTER_PROXY_WAITING_H

#include "common/base/list.h"
#include "router/conf/tenants.h"

#define WAITING_CLASS_MS 1000

struct waiting {
	struct list link; /* list_init() first; empty: it does not wait */
	unsigned class;   /* below CONF_PRIORITIES */
	uint64_t since_ms;
};

/* The oldest of each class first. */
struct waiting_room {
	struct list class[CONF_PRIORITIES];
};

void waiting_room_init(struct waiting_room *room);
/* Behind the others of its class. */
void waiting_add(struct waiting_room *room, struct waiting *w);
/* Takes the next one out; NULL: there is none. */
struct waiting *waiting_take(struct waiting_room *room);
/* Moves all of them to `to`, which is empty. */
void waiting_move(struct waiting_room *room, struct waiting_room *to);
/* Since when the one waits that has waited longest; UINT64_MAX: nobody. */
uint64_t waiting_oldest_ms(const struct waiting_room *room);

#endif
