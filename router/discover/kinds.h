/* The kinds of sources, a file each. */
#ifndef ROUTER_DISCOVER_KINDS_H
#define ROUTER_DISCOVER_KINDS_H

#include "router/discover/finder.h"

/* By the key that is written; there is one. */
const struct finder_type *kinds_of(const struct conf_discover *d);

extern const struct finder_type kinds_file, kinds_dns, kinds_kubernetes;

#endif
