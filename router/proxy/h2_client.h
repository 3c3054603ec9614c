/* A client's connection that speaks HTTP/2: its session, and a stream for
 * each request. Private to this folder.
 *
 * What streams have to say within one turn of the loop leaves at the turn's
 * end, in as few writes as there is room for. */
#ifndef ROUTER_PROXY_H2_CLIENT_H
#define ROUTER_PROXY_H2_CLIENT_H

#include "common/http/h2_session.h"
#include "router/proxy/client.h"

/* What a client is given time for. */
enum h2_wait {
	H2_WAIT_NONE,   /* streams have times of their own */
	H2_WAIT_FRAME,  /* one that has begun, or a head, must go on */
	H2_WAIT_NOTICE, /* an answer to the notice of the end */
	H2_WAIT_IDLE,   /* without a stream */
};

struct h2_client {
	struct client *client;
	struct h2_session session;
	struct deferred flush;
	uint64_t body_bytes; /* that its requests hold */
	uint64_t n_frames;   /* when its wait began */
	enum h2_wait wait;
	bool over;
};

/* `bytes`: the connection's first, which begin with the preface. */
struct h2_client *h2_client_create(struct client *c, struct slice bytes);
/* With whatever is open on it. NULL is allowed. */
void h2_client_destroy(struct h2_client **h);

/* No new requests but those that are on their way. */
void h2_client_drain(struct h2_client *h);
/* Time is up: each request is ended so that the client can see it. */
void h2_client_cut_all(struct h2_client *h);

/* Adds what it holds for its requests' bodies, and of answers that are not
 * framed yet. */
void h2_client_held(const struct h2_client *h, uint64_t *bodies,
		    uint64_t *buffers);

/* There is something to be sent. */
void h2_client_flush_later(struct h2_client *h);

#endif
