/* One GET of the API server, its answer told as it comes. One at a time; the
 * loop's thread. */
#ifndef ROUTER_DISCOVER_KUBE_GET_H
#define ROUTER_DISCOVER_KUBE_GET_H

#include "common/base/addr.h"
#include "common/base/sock.h"
#include "common/http/parser.h"
#include "common/tls/context.h"

/* Where, and as whom. What it points to lives until kube_get_start()
 * returns; `context` is NULL without TLS. */
struct kube_server {
	struct addr addr;
	const char *host; /* what the Host header says */
	struct tls_context *context;
	struct slice token; /* n = 0: none */
};

struct kube_get_events {
	/* Of any status; may call kube_get_cancel(). */
	void (*body)(void *arg, unsigned status, struct slice bytes);
	/* Told once, from the loop, unless it is cancelled: `failure` is NULL
	 * where the answer is whole. `status` is 0 if none came. Another may
	 * be started there. */
	void (*done)(void *arg, unsigned status, const char *failure);
};

struct kube_get {
	struct loop *loop;
	struct sock sock;
	bool is_open, has_parser;
	bool was_cut; /* the failure: its answer had begun and broke off */
	bool excused; /* once: we were late, not it */
	struct http_parser parser;
	struct timer timer;
	struct buf send;
	uint64_t first_ms, between_ms;
	unsigned status;
	char failure[256];
	struct deferred over;
	const struct kube_get_events *events;
	void *arg;
};

void kube_get_init(struct kube_get *g, struct loop *l,
		   const struct kube_get_events *events, void *arg);
void kube_get_fini(struct kube_get *g);

/* Not from `body`. `first_ms`: for the answer's head; `between_ms`: for bytes
 * after it. */
void kube_get_start(struct kube_get *g, const struct kube_server *server,
		    struct slice target, uint64_t first_ms,
		    uint64_t between_ms);
/* Nothing more is told. */
void kube_get_cancel(struct kube_get *g);

#endif
