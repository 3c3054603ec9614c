/* How many descriptors there may be, and for how many clients that is
 * enough. */
#ifndef ROUTER_DESCRIPTORS_H
#define ROUTER_DESCRIPTORS_H

#include <stddef.h>

/* The process's soft limit becomes its hard limit, which is returned. */
size_t descriptors_raise(void);
size_t descriptors_open(void);

/* Pure: clients that `limit` descriptors let in, with a connection to a
 * worker for each, where so many are open or will be besides. At least 1:
 * with less there is nothing to be served. */
size_t descriptors_room(size_t limit, size_t besides);
/* Pure: the limit that lets so many in. */
size_t descriptors_wanted(size_t clients, size_t besides);

#endif
