/* A context that is exchanged while others begin sessions with it: who reads
 * gets the one of now, and holds it. Any thread. */
#ifndef COMMON_TLS_SLOT_H
#define COMMON_TLS_SLOT_H

#include <pthread.h>

#include "common/tls/context.h"

struct tls_slot {
	pthread_mutex_t lock;
	struct tls_context *now; /* NULL: none */
};

void tls_slot_init(struct tls_slot *s);
void tls_slot_fini(struct tls_slot *s);
/* Holds it by itself. */
void tls_slot_put(struct tls_slot *s, struct tls_context *c);
/* The caller's to unref; NULL: none. */
struct tls_context *tls_slot_get(struct tls_slot *s);

#endif
