/* Tells the service manager that the process is alive: not by the main thread
 * alone, but once every lane has had a turn since the last time. Where one
 * hangs nothing is said any more, and the manager acts. Main thread. */
#ifndef ROUTER_WATCHDOG_H
#define ROUTER_WATCHDOG_H

#include "router/round.h"

struct watchdog {
	struct timer timer;
	uint64_t every_ms; /* 0: nobody wants to hear it */
	struct round round;
};

/* `mailbox` is the main thread's; the lanes outlive it. */
void watchdog_start(struct watchdog *w, struct loop *l, struct mailbox *mailbox,
		    struct lane *const *lane, size_t n);
void watchdog_stop(struct watchdog *w); /* may be zero */

#endif
