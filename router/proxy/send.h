/* What SEND has in common with the prefill leg: a request's bytes for one
 * worker, and what its answer means. Private to this folder. */
#ifndef ROUTER_PROXY_SEND_H
#define ROUTER_PROXY_SEND_H

#include "router/proxy/request.h"

/* Where a request goes. */
struct send_to {
	const struct worker *worker;
	struct slice id;          /* X-Request-Id */
	struct buf *head, *spare; /* the draft's, or as short-lived */
	bool prefills;            /* it is the leg before the answer's */
};

/* A head of ours and the client's body with our changes, as few pieces as
 * an exchange takes; they live in the arena and in those buffers. Returns
 * how many. */
size_t send_gather(struct request *r, const struct send_to *to,
		   const struct splice *body, struct slice **out);

/* An answer of this status is the worker's failure: a client's own errors
 * are none. */
bool send_is_failure(unsigned status, enum breaker_failure *out);
/* For how long it asks to be left alone; 0: it does not. */
uint64_t send_pause_ms(const struct http_head *h);
enum breaker_failure send_failure_kind(enum exchange_failure why);

/* Nobody else may try it: the client is told. `why`: static words. */
enum flow send_give_up(struct request *r, const char *why, bool slow);

#endif
