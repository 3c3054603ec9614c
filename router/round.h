/* A word that goes round: once every lane has had a turn, and with it has
 * done all that it was told before. Main thread. */
#ifndef ROUTER_ROUND_H
#define ROUTER_ROUND_H

#include "common/base/mailbox.h"
#include "router/lane.h"

struct round {
	struct mailbox *mailbox; /* the main thread's */
	struct lane *const *lane;
	size_t n_lanes; /* at least 1 */
	/* The last one has had it: by itself, or as the mailbox goes. */
	void (*done)(void *arg);
	void *arg;
	size_t n_silent; /* still to come; 0: it is not under way */
};

/* It stays where it is until `done`, and may begin again then. */
void round_begin(struct round *r);

#endif
