/* A client's connection with its parser and the one request it has open.
 *
 * It speaks HTTP/1 unless its first bytes, or what a TLS handshake has agreed
 * on, say that it is HTTP/2: then what stands in h2_client.h has it. Pipelined
 * bytes wait here, unread, until the request before them has been answered, so
 * answers leave in order. Private to this folder. */
#ifndef ROUTER_PROXY_CLIENT_H
#define ROUTER_PROXY_CLIENT_H

#include "common/http/parser.h"
#include "router/net/conn.h"
#include "router/proxy/proxy.h"
#include "router/proxy/responder.h"

struct h2_client;
struct request;

struct client {
	struct responder responder;
	struct conn conn;
	struct http_parser parser;
	union {
		struct buf input; /* came while a request was being served */
		struct h2_client *h2; /* if over_http2 */
	};
	struct proxy *proxy;
	struct request *request; /* NULL between requests */
	struct list link;        /* in proxy->clients, or in proxy->gone */
	bool broken;             /* its bytes make no sense any more */
	bool parsing;            /* inside http_parser_feed */
	bool gone;               /* closed, and freed shortly */
	bool fresh;              /* what it speaks is not known yet */
	bool over_http2;
	/* Of the answer at hand. */
	bool old_http; /* its client speaks HTTP/1.0 */
	bool chunked;
	bool keep;              /* the connection survives it */
	uint64_t first_byte_ns; /* of the request that is being read */
	struct deferred later;  /* reads on, or frees it */
};

/* `tls`: what it speaks TLS with, which it holds by itself; NULL: it does
 * not. */
void client_create(struct proxy *p, int fd, struct tls_context *tls);
/* One that was parked (see parked.h), with the time it has left. */
void client_wake(struct proxy *p, struct watch *from, uint64_t idle_ms);
/* It has waited for its next request for `ms`, and is nothing but its
 * descriptor by now. */
bool client_rests(const struct client *c, uint64_t ms);
/* Of one that rests: freed, but for its descriptor and its place among those
 * that are counted. */
void client_park(struct client *c, struct watch *to,
		 void (*ready)(struct watch *w, uint32_t events));
/* One is no longer counted. */
void client_left(struct proxy *p);
/* The request has been answered: go on with the next, or close. */
void client_answered(struct client *c);
/* The answer cannot be made whole any more, and the client must see that:
 * by its framing if it has one, else by a reset. */
void client_cut(struct client *c);
/* Time is up: what is open on it ends so that the client can see it. */
void client_cut_all(struct client *c);
/* It drains: one that waits for nothing closes. */
void client_end_idle(struct client *c);
/* Closes, with whatever is open on it; freed after the running callback. */
void client_destroy(struct client *c);
/* Frees those that wait for it, before the proxy goes. */
void client_free_gone(struct proxy *p);

extern const struct responder_ops client_responder;

#endif
