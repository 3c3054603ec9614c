/* The last word to connections that are not let in.
 *
 * One that is closed with bytes unread is reset, and what was said to it may
 * be lost with that. So a few are kept open for a moment, for their request
 * to come in; the oldest has to make room. Belongs to a loop. */
#ifndef ROUTER_NET_FAREWELL_H
#define ROUTER_NET_FAREWELL_H

#include "common/base/loop.h"
#include "common/base/slice.h"

#define FAREWELL_ROOM 16

struct farewell {
	struct timer timer;
	int fd[FAREWELL_ROOM]; /* the oldest at `first` */
	uint64_t until_ms[FAREWELL_ROOM];
	size_t first, n;
};

void farewell_init(struct farewell *f, struct loop *l);
void farewell_fini(struct farewell *f); /* may be zero */
/* Takes `fd` (non-blocking) over. `linger`: it may stay for a moment. */
void farewell_say(struct farewell *f, int fd, struct slice answer, bool linger);

#endif
