#include "router/fleet/others.h"

#include <math.h>

#define PPM 1e6
/* What was told counts wholly for so long, and halves from then on. */
#define FRESH_MS 3000
#define HALF_MS  5000
/* How much a look moves what we believe of shared prefixes. */
#define HELD_MEMORY 0.3
#define HELD_LEAST  0.1
#define MOST_TOKENS 1e15
/* Some wait, and look after look the same number runs: no more may. Where
 * few run, it may be by their prompts or their memory. */
#define FULL_LEAST   32
#define FULL_TIMES   3
#define FULL_ROUND   128
#define FULL_KEPT_MS 3600000

static void put_requests(struct others *o, const struct others_told *t)
{
	uint32_t all = t->running + t->waiting;
	uint32_t theirs = all > t->ours ? all - t->ours : 0;
	uint32_t waiting = 0;

	if (theirs > 0)
		waiting = (uint32_t)((uint64_t)t->waiting * theirs / all);
	atomic_store_explicit(&o->waiting, waiting, memory_order_relaxed);
	atomic_store_explicit(&o->running, theirs - waiting,
			      memory_order_relaxed);
}

static double held_of(const struct others *o)
{
	unsigned ppm = atomic_load_explicit(&o->held_ppm, memory_order_relaxed);

	return ppm > 0 ? ppm / PPM : 1;
}

/* Those who wait hold nothing yet: they will hold what those who run do. */
static double spoken_for(const struct others_told *t)
{
	double used = (double)t->used_tokens;

	return t->running > 0 ? used + used / t->running * t->waiting : used;
}

/* Where all is ours, what is used shows how much of it is shared. */
static void learn_held(struct others *o, const struct others_told *t)
{
	double was = held_of(o), now;

	if (t->backlog.live_tokens == 0 || t->running + t->waiting > t->ours)
		return;
	now = spoken_for(t) / (double)t->backlog.live_tokens;
	now = fmax(HELD_LEAST, fmin(1, now));
	now = was + HELD_MEMORY * (now - was);
	atomic_store_explicit(&o->held_ppm, (unsigned)(now * PPM),
			      memory_order_relaxed);
}

/* Engines' own limits are such numbers: one look tells. */
static uint32_t full_times(uint32_t running)
{
	bool round = (running & (running - 1)) == 0;

	return round && running >= FULL_ROUND ? 1 : FULL_TIMES;
}

static void set_max_running(struct others *o, uint32_t n)
{
	atomic_store_explicit(&o->max_running, n, memory_order_relaxed);
}

/* Whoever keeps away from a limit does not see that it has gone: it is
 * believed for a time. */
static void learn_max_running(struct others *o, const struct others_told *t)
{
	bool full = t->waiting > 0 && t->running >= FULL_LEAST;
	uint32_t most = atomic_load_explicit(&o->max_running,
					     memory_order_relaxed);

	if (!full || t->running != o->full_running)
		o->full_times = 0;
	o->full_running = t->running;
	o->full_times += full;
	if (o->full_times >= full_times(t->running)) {
		set_max_running(o, t->running);
		o->full_ms = t->now_ms;
	} else if (t->running > most || t->now_ms > o->full_ms + FULL_KEPT_MS) {
		set_max_running(o, 0);
	}
}

static void put(_Atomic uint64_t *to, uint64_t n)
{
	atomic_store_explicit(to, n, memory_order_relaxed);
}

static double get(const _Atomic uint64_t *from)
{
	return (double)atomic_load_explicit(from, memory_order_relaxed);
}

double others_brings(const struct others *o, const struct others_sent *s)
{
	double alone = fmin(held_of(o) * s->live, s->live - s->shared);

	return fmax(s->computed, alone);
}

void others_tell(struct others *o, const struct others_told *t)
{
	put_requests(o, t);
	learn_held(o, t);
	learn_max_running(o, t);
	put(&o->used_tokens, (uint64_t)fmin(spoken_for(t), MOST_TOKENS));
	put(&o->added_tokens, t->backlog.added_tokens);
	put(&o->ended_tokens, t->backlog.ended_tokens);
	put(&o->told_ms, t->now_ms);
}

/* What was in use then, and what has come and gone of ours since. */
static double live_now(const struct others *o, const struct backlog_view *b)
{
	double came = (double)b->added_tokens - get(&o->added_tokens);
	double went = (double)b->ended_tokens - get(&o->ended_tokens);

	return fmax(0, get(&o->used_tokens) + came - went * held_of(o));
}

struct others_view others_look(const struct others *o,
			       const struct backlog_view *b, uint64_t now_ms)
{
	uint64_t told = atomic_load_explicit(&o->told_ms, memory_order_relaxed);
	double old_ms = now_ms > told ? (double)(now_ms - told) : 0;
	double weight = told == 0 ? 0 : 1, ours;

	if (old_ms > FRESH_MS)
		weight *= exp2(-(old_ms - FRESH_MS) / HALF_MS);
	ours = (double)b->live_tokens * held_of(o);
	return (struct others_view){
		.running = weight * atomic_load_explicit(&o->running,
							 memory_order_relaxed),
		.waiting = weight * atomic_load_explicit(&o->waiting,
							 memory_order_relaxed),
		.max_running = atomic_load_explicit(&o->max_running,
						    memory_order_relaxed),
		.live_tokens = weight * live_now(o, b) + (1 - weight) * ours,
	};
}
