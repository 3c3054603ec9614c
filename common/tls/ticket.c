#include "common/tls/ticket.h"

#include "common/base/mem.h"
#include "common/base/ref.h"
#include "common/base/rng.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <string.h>

/* The one in use, and the one before it. */
#define KEYS 2

struct tls_tickets {
	struct ref ref;
	pthread_mutex_t lock;
	struct tls_ticket_key key[KEYS]; /* newest first */
	uint64_t period;                 /* in which the newest was made */
	unsigned n_keys;
};

struct tls_tickets *tls_tickets_create(void)
{
	struct tls_tickets *t = mem_zalloc(sizeof(*t));

	ref_init(&t->ref);
	pthread_mutex_init(&t->lock, NULL);
	return t;
}

struct tls_tickets *tls_tickets_ref(struct tls_tickets *t)
{
	ref_hold(&t->ref);
	return t;
}

void tls_tickets_unref(struct tls_tickets **t)
{
	struct tls_tickets *gone = *t;

	*t = NULL;
	if (gone == NULL || !ref_drop(&gone->ref))
		return;
	pthread_mutex_destroy(&gone->lock);
	OPENSSL_cleanse(gone->key, sizeof(gone->key));
	mem_free(gone);
}

/* A key of the last period but one is forgotten even if nobody has come
 * meanwhile. */
static void rotate(struct tls_tickets *t, uint64_t now_s)
{
	uint64_t period = now_s / TICKET_PERIOD_S;

	if (t->n_keys > 0 && period == t->period)
		return;
	t->n_keys = t->n_keys > 0 && period == t->period + 1 ? KEYS : 1;
	t->key[1] = t->key[0];
	if (t->n_keys == 1)
		OPENSSL_cleanse(&t->key[1], sizeof(t->key[1]));
	rng_system(&t->key[0], sizeof(t->key[0]));
	t->period = period;
}

void tls_tickets_current(struct tls_tickets *t, uint64_t now_s,
			 struct tls_ticket_key *out)
{
	pthread_mutex_lock(&t->lock);
	rotate(t, now_s);
	*out = t->key[0];
	pthread_mutex_unlock(&t->lock);
}

bool tls_tickets_find(struct tls_tickets *t, uint64_t now_s,
		      const unsigned char name[TICKET_NAME_BYTES],
		      struct tls_ticket_key *out, bool *old)
{
	bool found = false;

	pthread_mutex_lock(&t->lock);
	rotate(t, now_s);
	for (unsigned i = 0; i < t->n_keys && !found; i++) {
		if (memcmp(t->key[i].name, name, TICKET_NAME_BYTES) != 0)
			continue;
		*out = t->key[i];
		*old = i > 0;
		found = true;
	}
	pthread_mutex_unlock(&t->lock);
	return found;
}
