/* A collection of the Kubernetes API, listed and then watched.
 *
 * A listing comes in pages; what a watch tells of goes on from its
 * resourceVersion, which means nothing but itself. A watch that the server
 * ends is begun again where it was; one whose resourceVersion is gone (410,
 * as a status or as an event), that is silent or that says what makes no
 * sense is followed by another listing. What fails is tried again, later
 * each time, with jitter. One thread. */
#ifndef ROUTER_DISCOVER_KUBE_WATCH_H
#define ROUTER_DISCOVER_KUBE_WATCH_H

#include <jansson.h>

#include "common/base/rng.h"
#include "router/discover/kube_line.h"
#include "router/discover/kube_server.h"

struct kube_watch_events {
	void (*begin)(void *arg); /* a listing: forget what the last put */
	void (*put)(void *arg, const json_t *object);
	void (*drop)(void *arg, const json_t *object); /* watches alone */
	/* The listing is whole, or the watch has told something (`moved`),
	 * if only that nothing has changed. */
	void (*synced)(void *arg, bool moved);
	void (*failed)(void *arg, const char *why);
};

struct kube_watch {
	struct loop *loop;
	const struct conf_kubernetes *conf; /* outlives it */
	char *path;                         /* "/api/v1/namespaces/llm/pods" */
	char *selection; /* "labelSelector=app%3Dvllm", or "" */
	struct kube_access access;
	struct oneshot get;
	struct kube_line line;
	struct timer again;
	struct rng rng;
	struct buf body; /* of a page, or of what an error says */
	bool is_watching, is_synced;
	char *version; /* resourceVersion to go on from; NULL: list */
	char *page;    /* continue, of a listing; NULL: the first */
	size_t n_pages, failures;
	uint64_t began_ms;
	const struct kube_watch_events *events;
	void *arg;
};

void kube_watch_init(struct kube_watch *w, struct loop *l,
		     const struct conf_kubernetes *c,
		     const struct kube_watch_events *events, void *arg);
void kube_watch_fini(struct kube_watch *w);
/* Begins, or begins anew. `path` as it stands; `label` and `field` are
 * selectors, NULL: none. */
void kube_watch_start(struct kube_watch *w, const char *path, const char *label,
		      const char *field);
/* Nothing more is told until it is started. */
void kube_watch_stop(struct kube_watch *w);

#endif
