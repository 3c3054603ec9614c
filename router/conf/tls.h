/* What the configuration says of TLS, in the words of common/tls. */
#ifndef ROUTER_CONF_TLS_H
#define ROUTER_CONF_TLS_H

#include "common/tls/context.h"
#include "router/conf/conf.h"
#include "router/conf/workers.h"

/* The options point into the configuration. Only where there is TLS: */
bool conf_has_tls(const struct conf *c);
bool conf_has_admin_tls(const struct conf *c);
struct tls_options conf_tls_of_clients(const struct conf *c);
struct tls_options conf_tls_of_admin(const struct conf *c);
struct tls_options conf_tls_of_worker(const struct conf_worker *w);

/* Changes when one of the files does that any of these names. `found`: of
 * each model, or NULL; NULL altogether. */
uint64_t conf_tls_stamp(const struct conf *c,
			struct conf_workers *const *found);

#endif
