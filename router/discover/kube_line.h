/* Lines of a watch, put together from the pieces of its body. One thread. */
#ifndef ROUTER_DISCOVER_KUBE_LINE_H
#define ROUTER_DISCOVER_KUBE_LINE_H

#include "common/base/buf.h"

/* etcd takes no object of more than 1.5 MiB. */
#define KUBE_MAX_LINE ((size_t)4 << 20)

struct kube_line {
	struct buf held; /* of one that is not whole yet */
};

/* Tells every whole line, without its end, until `take` returns false.
 * ERR_LIMIT: one is longer than KUBE_MAX_LINE. */
MUST_USE enum status kube_line_feed(struct kube_line *l, struct slice bytes,
				    bool (*take)(void *arg, struct slice line),
				    void *arg);
/* Forgets what has come of a line. */
void kube_line_reset(struct kube_line *l);

#endif
