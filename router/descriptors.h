/* How many descriptors there may be, and for how many clients that is
 * enough. */
#ifndef ROUTER_DESCRIPTORS_H
#define ROUTER_DESCRIPTORS_H

#include <stddef.h>

/* The process's soft limit becomes its hard limit, which is returned. */
size_t descriptors_raise(void);
size_t descriptors_open(void);

/* Pure: how many clients and workers may share of `limit`, where so many are
 * open or will be besides. At least 2: with less nobody can be served. */
size_t descriptors_shared(size_t limit, size_t besides);
/* Pure: of these, what clients leave to connections to workers. Idle clients
 * need none, so that there need not be one for each. */
size_t descriptors_spared(size_t shared);
/* Pure: the limit that lets so many clients in. */
size_t descriptors_wanted(size_t clients, size_t besides);

#endif
