/* A request that is one stream of an HTTP/2 connection. Private to this
 * folder. */
#ifndef ROUTER_PROXY_H2_REQUEST_H
#define ROUTER_PROXY_H2_REQUEST_H

#include "router/proxy/h2_client.h"

struct h2_request {
	struct responder responder;
	struct h2_stream stream;
	struct h2_client *owner;
	struct request *request; /* NULL: not yet, or it is over */
	/* For its body; for the client to take some; for the whole. */
	struct timer timer;
	bool stalled; /* bytes wait for the client */
	bool early;   /* answered, while its body still comes */
	bool late;    /* its whole time is over */
	uint64_t first_byte_ns;
	uint64_t body_bytes; /* that it holds */
};

extern const struct h2_events h2_request_events;

static inline struct h2_request *h2_request_of(struct h2_stream *s)
{
	return CONTAINER_OF(s, struct h2_request, stream);
}

#endif
