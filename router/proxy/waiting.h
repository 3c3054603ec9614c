/* Requests that wait, in classes: a higher one goes first, and in a class
 * those of each tenant in turn, the oldest first. A second of waiting counts
 * as much as a class, so whoever waits long enough is before all that come
 * later, whatever their class. One thread. Private to this folder. */
#ifndef ROUTER_PROXY_WAITING_H
#define ROUTER_PROXY_WAITING_H

#include "common/base/list.h"
#include "router/conf/tenants.h"

#define WAITING_CLASS_MS 1000

struct waiting {
	struct list link; /* list_init() first; empty: it does not wait */
	unsigned class;   /* below CONF_PRIORITIES */
	uint64_t since_ms;
	const void *whose; /* of one tenant, as whom they take turns */
	uint64_t round;    /* of its class, in which it goes */
	bool was_here;     /* it has its round, and keeps it */
};

/* In the order in which they go, by class. */
struct waiting_room {
	struct list class[CONF_PRIORITIES];
	/* Between two that went, of late; 0: nobody has. */
	double each_ms;
	uint64_t went_ms;
};

void waiting_room_init(struct waiting_room *room);
/* Behind one of each other tenant of its class for each of its own. */
void waiting_add(struct waiting_room *room, struct waiting *w);
/* Behind all: those taken out go back in order. */
void waiting_put_back(struct waiting_room *room, struct waiting *w);
/* Takes the next one out; NULL: there is none. */
struct waiting *waiting_take(struct waiting_room *room);
/* Moves all of them to `to`, which is empty. */
void waiting_move(struct waiting_room *room, struct waiting_room *to);
/* Since when the one waits that has waited longest; UINT64_MAX: nobody. */
uint64_t waiting_oldest_ms(const struct waiting_room *room);

/* One has got its room. */
void waiting_went(struct waiting_room *room, uint64_t now_ms);
/* How long `n` of them will wait at this rate; 0: not known. */
uint64_t waiting_time_ms(const struct waiting_room *room, size_t n);

#endif
