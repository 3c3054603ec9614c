/* Another worker for a request of whose answer the client has seen nothing,
 * within the number of tries and the budget of retries.
 *
 * Private to this folder. */
#ifndef ROUTER_PROXY_RETRY_H
#define ROUTER_PROXY_RETRY_H

#include "router/proxy/request.h"

/* A worker of it was tried; once a try. */
void retry_note_try(struct request *r, const struct worker *w);
/* Whether an answer of this status is one that another worker may better. */
bool retry_may_better(const struct request *r, unsigned status);
/* `w` failed. Back to CHOOSE if another worker may have it, which uses up a
 * retry of the budget; `reason` is a static word or two. False: this answer
 * stands. */
bool retry_elsewhere(struct request *r, const struct worker *w,
		     const char *reason);

/* When to come again after a time-out, in s: who was silent for so long is
 * not well in a second; a breaker would wait for as long. */
unsigned retry_after_silence(const struct request *r);

#endif
