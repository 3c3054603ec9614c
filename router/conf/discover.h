/* Where a model's workers are found: what there is to say of it as a whole. */
#ifndef ROUTER_CONF_DISCOVER_H
#define ROUTER_CONF_DISCOVER_H

#include "router/conf/conf.h"

/* Workers come from the Kubernetes API. */
bool conf_uses_kubernetes(const struct conf_discover *d);
/* No key of it says something else. */
bool conf_discover_equal(const struct conf_discover *a,
			 const struct conf_discover *b);

#endif
