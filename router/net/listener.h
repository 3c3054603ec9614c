/* Accepts connections on one address for one lane. Belongs to its loop.
 *
 * When descriptors run out it pauses instead of spinning, and tries again
 * shortly after. */
#ifndef ROUTER_NET_LISTENER_H
#define ROUTER_NET_LISTENER_H

#include "common/base/addr.h"
#include "common/base/loop.h"

struct listener;

/* Takes `fd` (listening, non-blocking) over. `accepted` gets a
 * non-blocking, close-on-exec descriptor and owns it. */
struct listener *listener_create(struct loop *l, int fd,
				 void (*accepted)(void *arg, int fd),
				 void *arg);
void listener_destroy(struct listener **l);
void listener_pause(struct listener *l); /* leaves them in the backlog */
void listener_resume(struct listener *l);

#endif
