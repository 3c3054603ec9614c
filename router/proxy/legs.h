/* PREFILL and PREFILLED: a request that two workers serve is two requests, a
 * leg to each. This is the prefill leg; the other is the request's own
 * exchange, whose answer the client gets.
 *
 * Whatever ends one leg before the client has seen a byte ends the other at
 * once. When a leg fails, what was handed over is taken for lost: the request
 * is planned anew. Private to this folder. */
#ifndef ROUTER_PROXY_LEGS_H
#define ROUTER_PROXY_LEGS_H

#include "router/proxy/outlook.h"
#include "router/proxy/request.h"
#include "router/transfer/transfer.h"

struct legs {
	struct request *request;
	const struct transfer *how;
	struct transfer_pair pair;
	struct worker *prefill; /* counted, and its load is held; NULL: over */
	struct exchange exchange;
	struct timer lease; /* while what it computed waits for decode */
	struct buf head, spare, answer;
	struct slice *send;
	size_t n_send;
	uint64_t work_tokens;
	struct outlook_leg ahead; /* of others at its worker, while held */
	uint64_t began_ns, answered_ns; /* 0: not yet */
	uint16_t status;
	bool told;      /* what its gate let it through for */
	enum gate gate; /* as it was when the worker was chosen */
};

/* Its prefill worker is chosen, and so let through by its gate, to compute
 * so many tokens. Holds its load. */
void legs_begin(struct request *r, struct worker *prefill, enum gate gate,
		const struct transfer_pair *pair, uint64_t work_tokens);
/* The prefill leg has no answer yet. */
bool legs_under_way(const struct request *r);
/* Ends the prefill leg, if there is one, and gives back what it holds. */
void legs_end(struct request *r);

/* For r->worker. */
const struct splice *legs_body(struct request *r);
struct slice legs_request_id(const struct request *r);
/* An error of the decode worker's that may come of the hand-over, and that
 * it would not have alone. */
bool legs_may_be_lost(const struct request *r, unsigned status);
/* What was handed over is gone: the request is planned anew. */
void legs_are_lost(struct request *r);
/* A byte of the answer is here. */
void legs_first_byte(struct request *r);

#endif
