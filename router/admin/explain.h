/* Explanations under way: from an admin request to whoever decides, and
 * back, even if the client or the admin has gone meanwhile. Main thread. */
#ifndef ROUTER_ADMIN_EXPLAIN_H
#define ROUTER_ADMIN_EXPLAIN_H

#include "common/base/list.h"
#include "router/admin/admin.h"

struct evhttp_request;

/* `open` lists those under way; the request is answered later. The body of
 * `q` is the request's own. */
void explain_begin(struct list *open, const struct admin_options *o,
		   struct evhttp_request *req, const struct proxy_question *q);
void explain_recall(struct list *open, const struct admin_options *o,
		    struct evhttp_request *req, const struct admin_recall *q);
/* They are answered no more. */
void explain_abandon(struct list *open);

#endif
