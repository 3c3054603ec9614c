#include "common/tls/slot.h"

#include <stddef.h>

void tls_slot_init(struct tls_slot *s)
{
	pthread_mutex_init(&s->lock, NULL);
	s->now = NULL;
}

void tls_slot_fini(struct tls_slot *s)
{
	tls_context_unref(&s->now);
	pthread_mutex_destroy(&s->lock);
}

void tls_slot_put(struct tls_slot *s, struct tls_context *c)
{
	struct tls_context *old;

	if (c != NULL)
		tls_context_ref(c);
	pthread_mutex_lock(&s->lock);
	old = s->now;
	s->now = c;
	pthread_mutex_unlock(&s->lock);
	tls_context_unref(&old);
}

struct tls_context *tls_slot_get(struct tls_slot *s)
{
	struct tls_context *c;

	pthread_mutex_lock(&s->lock);
	c = s->now != NULL ? tls_context_ref(s->now) : NULL;
	pthread_mutex_unlock(&s->lock);
	return c;
}
