/* What labels and annotations say of a worker. */
#ifndef ROUTER_DISCOVER_KUBE_KEYS_H
#define ROUTER_DISCOVER_KUBE_KEYS_H

#include <jansson.h>

#include "common/base/buf.h"

/* Adds ',"key":"value"' for each that is there: from annotations, or else
 * from labels. `host` is the worker's, a v6 address with its brackets;
 * `zone` where the cluster says it stands, NULL: as a label of its topology
 * says. `metadata` may be NULL, or anything. */
void kube_keys_print(const json_t *metadata, const char *host, const char *zone,
		     struct buf *out);
/* "https" where an annotation or a label says so; else "http". */
const char *kube_keys_scheme(const json_t *metadata);

#endif
