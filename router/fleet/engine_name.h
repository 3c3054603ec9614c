/* What a connector calls an engine, as it was asked: set by one thread, read
 * by any. */
#ifndef ROUTER_FLEET_ENGINE_NAME_H
#define ROUTER_FLEET_ENGINE_NAME_H

#include <pthread.h>
#include <stdatomic.h>

#include "common/base/attr.h"
#include "common/base/slice.h"

#define ENGINE_NAME_BYTES 96 /* with the end; a UUID and a rank need 42 */

struct engine_name {
	pthread_mutex_t lock;
	char text[ENGINE_NAME_BYTES];
	atomic_bool known;
};

void engine_name_init(struct engine_name *e);
void engine_name_fini(struct engine_name *e);
/* ERR_LIMIT if it is longer; ERR_INVALID if it is empty. */
MUST_USE enum status engine_name_set(struct engine_name *e, struct slice name);
static inline bool engine_name_is_known(const struct engine_name *e)
{
	return atomic_load_explicit(&e->known, memory_order_relaxed);
}
/* Its bytes, in `out`; n = 0: not known. */
struct slice engine_name_get(struct engine_name *e,
			     char out[ENGINE_NAME_BYTES]);

#endif
