#include "router/fleet/kv_memory.h"

#include "common/base/mem.h"

void kv_memory_init(struct kv_memory *m)
{
	pthread_mutex_init(&m->lock, NULL);
	atomic_init(&m->of, NULL);
	atomic_init(&m->spare, 0);
}

void kv_memory_fini(struct kv_memory *m)
{
	mem_free(atomic_load(&m->of));
	pthread_mutex_destroy(&m->lock);
}

static struct residents *of(struct kv_memory *m)
{
	return atomic_load_explicit(&m->of, memory_order_acquire);
}

static void end_change(struct kv_memory *m, const struct residents *r)
{
	atomic_store_explicit(&m->spare, residents_spare(r),
			      memory_order_relaxed);
	pthread_mutex_unlock(&m->lock);
}

void kv_memory_told(struct kv_memory *m, uint64_t tokens, double usage)
{
	struct residents *r = of(m);

	if (r == NULL && tokens > 0) {
		r = mem_zalloc(sizeof(*r));
		residents_init(r);
		residents_set_capacity(r, tokens);
		atomic_store_explicit(&m->of, r, memory_order_release);
	}
	if (r == NULL)
		return;
	pthread_mutex_lock(&m->lock);
	if (tokens > 0)
		residents_set_capacity(r, tokens);
	residents_told(r, usage);
	end_change(m, r);
}

enum kv_memory_room kv_memory_look(struct kv_memory *m,
				   const struct residents_ask *ask, bool who)
{
	struct residents *r = of(m);
	bool fits, knows = false;

	if (r == NULL)
		return KV_MEMORY_FREE;
	/* Those whose time is over by now leave only more. */
	if (!who &&
	    ask->prompt < atomic_load_explicit(&m->spare, memory_order_relaxed))
		return KV_MEMORY_FREE;
	pthread_mutex_lock(&m->lock);
	fits = residents_fit(r, ask);
	if (who || !fits)
		knows = residents_knows(r, ask);
	pthread_mutex_unlock(&m->lock);
	if (fits)
		return knows ? KV_MEMORY_LET_IN : KV_MEMORY_FREE;
	return knows ? KV_MEMORY_WAITS : KV_MEMORY_NONE;
}

bool kv_memory_take(struct kv_memory *m, const struct residents_ask *ask,
		    struct residents_seat *out)
{
	struct residents *r = of(m);
	bool fits;

	*out = (struct residents_seat){.taken = false};
	if (r == NULL)
		return true;
	pthread_mutex_lock(&m->lock);
	fits = residents_fit(r, ask);
	if (fits)
		residents_hold(r, ask, out);
	end_change(m, r);
	return fits;
}

void kv_memory_note(struct kv_memory *m, const struct residents_ask *ask,
		    struct residents_seat *out)
{
	struct residents *r = of(m);

	*out = (struct residents_seat){.taken = false};
	if (r == NULL)
		return;
	pthread_mutex_lock(&m->lock);
	residents_expire(r, ask->now_ms);
	residents_hold(r, ask, out);
	end_change(m, r);
}

void kv_memory_give_back(struct kv_memory *m, struct residents_seat *seat,
			 uint64_t context, uint64_t now_ms)
{
	struct residents *r = of(m);

	if (!seat->taken)
		return;
	pthread_mutex_lock(&m->lock);
	residents_release(r, seat, context, now_ms);
	end_change(m, r);
}

struct kv_memory_view kv_memory_view(struct kv_memory *m, uint64_t now_ms)
{
	struct residents *r = of(m);
	struct kv_memory_view v = {0};

	if (r == NULL)
		return v;
	pthread_mutex_lock(&m->lock);
	residents_expire(r, now_ms);
	v = (struct kv_memory_view){
		.capacity = r->capacity,
		.taken = residents_taken(r),
		.shared = r->shared.tokens,
		.foreign = r->foreign,
		.live = r->n_live,
		.idle = r->n_idle,
		.knee = residents_knee(r),
	};
	pthread_mutex_unlock(&m->lock);
	return v;
}

void kv_memory_prefixes(struct kv_memory *m, struct shared_prefixes *out)
{
	struct residents *r = of(m);

	*out = (struct shared_prefixes){0};
	if (r == NULL)
		return;
	pthread_mutex_lock(&m->lock);
	*out = r->shared;
	pthread_mutex_unlock(&m->lock);
}
