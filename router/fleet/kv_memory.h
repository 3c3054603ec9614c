/* A worker's KV memory, given to requests by all lanes: residents.h under a
 * lock, which is held for a look at the accounts alone, and not taken to look
 * where there is plenty. Until the worker has told how much it has there is
 * room for all.
 *
 * Any thread. */
#ifndef ROUTER_FLEET_KV_MEMORY_H
#define ROUTER_FLEET_KV_MEMORY_H

#include <pthread.h>
#include <stdatomic.h>

#include "router/fleet/residents.h"

struct kv_memory {
	pthread_mutex_t lock;
	/* Its own; NULL until it is known how much there is. */
	_Atomic(struct residents *) of;
	_Atomic uint64_t spare; /* residents_spare() as of the last change */
};

/* As it is now; all in tokens but where it says otherwise. */
struct kv_memory_view {
	uint64_t capacity; /* 0: not known, and then nothing else is */
	uint64_t taken, shared, foreign;
	uint32_t live, idle; /* sessions */
	double knee;         /* sessions that fit at a time */
};

enum kv_memory_room {
	KV_MEMORY_NONE,
	KV_MEMORY_WAITS, /* of a session that was let in: soon */
	KV_MEMORY_FREE,
	KV_MEMORY_LET_IN, /* the same, of a session that was let in, if the
			   * difference was asked for */
};

static inline bool kv_memory_is_known(const struct kv_memory *m)
{
	return atomic_load_explicit(&m->of, memory_order_relaxed) != NULL;
}

void kv_memory_init(struct kv_memory *m);
void kv_memory_fini(struct kv_memory *m);

/* By the worker's own word; `tokens` 0: it has not told. `usage`: the share
 * that live sequences hold. */
void kv_memory_told(struct kv_memory *m, uint64_t tokens, double usage);

/* `who`: it matters whose room it is, where there is any. */
enum kv_memory_room kv_memory_look(struct kv_memory *m,
				   const struct residents_ask *ask, bool who);
/* Takes it, unless there is no room by now. */
bool kv_memory_take(struct kv_memory *m, const struct residents_ask *ask,
		    struct residents_seat *out);
/* Takes it, whether there is room or not. */
void kv_memory_note(struct kv_memory *m, const struct residents_ask *ask,
		    struct residents_seat *out);
/* As residents_release(). */
void kv_memory_give_back(struct kv_memory *m, struct residents_seat *seat,
			 uint64_t context, uint64_t now_ms);

struct kv_memory_view kv_memory_view(struct kv_memory *m, uint64_t now_ms);

/* A copy of the prefixes that its sessions share: those with no holders are
 * free. All of them where it is not known how much memory there is. */
void kv_memory_prefixes(struct kv_memory *m, struct shared_prefixes *out);

#endif
