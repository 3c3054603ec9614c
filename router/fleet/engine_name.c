#include "router/fleet/engine_name.h"

#include <string.h>

void engine_name_init(struct engine_name *e)
{
	ASSERT(pthread_mutex_init(&e->lock, NULL) == 0);
	e->text[0] = '\0';
	atomic_init(&e->known, false);
}

void engine_name_fini(struct engine_name *e)
{
	pthread_mutex_destroy(&e->lock);
}

enum status engine_name_set(struct engine_name *e, struct slice name)
{
	if (name.n == 0)
		return ERR_INVALID;
	if (name.n >= ENGINE_NAME_BYTES)
		return ERR_LIMIT;
	pthread_mutex_lock(&e->lock);
	memcpy(e->text, name.p, name.n);
	e->text[name.n] = '\0';
	pthread_mutex_unlock(&e->lock);
	atomic_store_explicit(&e->known, true, memory_order_relaxed);
	return OK;
}

struct slice engine_name_get(struct engine_name *e, char out[ENGINE_NAME_BYTES])
{
	pthread_mutex_lock(&e->lock);
	memcpy(out, e->text, ENGINE_NAME_BYTES);
	pthread_mutex_unlock(&e->lock);
	return slice_of(out);
}
