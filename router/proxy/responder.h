/* Where a request's answer goes, whatever its client speaks.
 *
 * A request writes the answer's head into its draft as lines of HTTP/1,
 * which every protocol takes from there, lets the responder add what frames
 * the body, and then sends parts, the head with the first of them. Or it
 * cuts what it has begun. While much is queued it pauses its worker, and
 * hears by request_client_drained() that nothing is any more. If the client
 * goes, request_client_gone() is the last it hears. Private to this folder.
 */
#ifndef ROUTER_PROXY_RESPONDER_H
#define ROUTER_PROXY_RESPONDER_H

#include "common/base/slice.h"

struct request;
struct responder;

struct answer_part {
	const struct slice *piece; /* n of them, at most EXCHANGE_MAX_PIECES */
	size_t n;
	size_t bytes;        /* of all pieces */
	struct slice chunks; /* the same in whole chunks; p NULL: not at hand */
	bool first;          /* the head goes before it */
	bool last;           /* with it the answer is whole */
};

struct responder_ops {
	/* Adds to r->draft->reply_head, behind all other lines, what tells
	 * where the body ends; `open`: no content-length is among them. */
	void (*frame)(struct request *r, bool open);
	/* The pieces live until it returns. */
	void (*send)(struct request *r, const struct answer_part *part);
	size_t (*queued)(const struct responder *to); /* bytes not yet sent */
	/* Nobody looks at the request's head any more. */
	void (*forget_head)(struct responder *to);
	/* The last part was sent, and the request is no more. */
	void (*answered)(struct responder *to);
	/* The answer ends here, and the client must see that it is broken. The
	 * request is no more. */
	void (*cut)(struct responder *to);
};

/* Part of what it stands for, which owns the request. */
struct responder {
	const struct responder_ops *ops;
};

#endif
