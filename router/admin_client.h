/* One question at a time to a gateway's admin port, for the commands that
 * look at a running one. Blocking; main thread. */
#ifndef ROUTER_ADMIN_CLIENT_H
#define ROUTER_ADMIN_CLIENT_H

#include "common/base/buf.h"
#include "common/tls/context.h"
#include "router/conf/url.h"

#define ADMIN_CLIENT_URL "http://127.0.0.1:9090" /* where it mostly is */

struct admin_client {
	struct url_parts url;
	struct tls_context *tls; /* NULL: plain HTTP */
};

/* `url`: "http://host:port", or https; `ca`: a file of whom to trust, or
 * NULL: as the system does. On failure nothing is to be ended. */
MUST_USE enum status admin_client_init(struct admin_client *c, const char *url,
				       const char *ca, struct error *err);
void admin_client_fini(struct admin_client *c);

/* GET, or POST where there is a body. Appends the answer's body, whatever
 * its status. ERR_IO: there was none within half a minute. */
MUST_USE enum status admin_client_ask(struct admin_client *c, const char *path,
				      const struct slice *body,
				      unsigned *http_status, struct buf *answer,
				      struct error *err);

/* Appends it as it may stand in a path or in a query's value. */
void admin_client_escape(struct buf *out, const char *text);

#endif
