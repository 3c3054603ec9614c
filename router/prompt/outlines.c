#include "router/prompt/outlines.h"

#include <pthread.h>

#include "common/base/mem.h"

struct place {
	struct fingerprint_value key;
	struct outline *outline; /* NULL: free */
};

struct outlines {
	pthread_mutex_t lock; /* of what follows */
	struct place place[OUTLINES_PLACES];
};

struct outlines *outlines_create(void)
{
	struct outlines *o = mem_zalloc(sizeof(*o));

	pthread_mutex_init(&o->lock, NULL);
	return o;
}

void outlines_destroy(struct outlines **op)
{
	struct outlines *o = *op;

	*op = NULL;
	if (o == NULL)
		return;
	for (size_t i = 0; i < OUTLINES_PLACES; i++)
		outline_unref(&o->place[i].outline);
	pthread_mutex_destroy(&o->lock);
	mem_free(o);
}

static struct place *place_of(struct outlines *o, struct fingerprint_value key)
{
	return &o->place[key.low & (OUTLINES_PLACES - 1)];
}

struct outline *outlines_get(struct outlines *o, struct fingerprint_value key)
{
	struct place *place = place_of(o, key);
	struct outline *found = NULL;

	pthread_mutex_lock(&o->lock);
	if (place->outline != NULL && fingerprint_equal(place->key, key))
		found = outline_ref(place->outline);
	pthread_mutex_unlock(&o->lock);
	return found;
}

void outlines_put(struct outlines *o, struct fingerprint_value key,
		  struct outline *outline)
{
	struct place *place = place_of(o, key);
	struct outline *old;

	pthread_mutex_lock(&o->lock);
	old = place->outline;
	*place = (struct place){key, outline};
	pthread_mutex_unlock(&o->lock);
	outline_unref(&old);
}
