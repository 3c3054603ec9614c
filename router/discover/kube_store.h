/* The objects of a collection by their names, as workers: what is known, and
 * what a listing under way has told of so far. One thread. */
#ifndef ROUTER_DISCOVER_KUBE_STORE_H
#define ROUTER_DISCOVER_KUBE_STORE_H

#include "common/base/map.h"
#include "router/discover/kube_object.h"

#define KUBE_MAX_OBJECTS 4096

struct kube_store {
	struct map now, fresh; /* name → struct kube_items */
	bool listing;
};

void kube_store_init(struct kube_store *s);
void kube_store_fini(struct kube_store *s);

/* From here on until kube_store_end() what is put is a listing's, and what
 * is known stays. */
void kube_store_begin(struct kube_store *s);
void kube_store_end(struct kube_store *s);
/* Takes the items over. ERR_LIMIT past KUBE_MAX_OBJECTS: they are dropped. */
MUST_USE enum status kube_store_put(struct kube_store *s, const char *name,
				    struct kube_items *items);
void kube_store_drop(struct kube_store *s, const char *name);

/* All workers that are known, as a JSON list, a line each, in the order of
 * their names. A worker by two families is one, by `v6` if it can be; one
 * that several objects tell of, too. */
void kube_store_print(const struct kube_store *s, bool v6, struct buf *out);

#endif
