#include "router/fleet/backlog.h"

static uint64_t get(const _Atomic uint64_t *n)
{
	return atomic_load_explicit(n, memory_order_relaxed);
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void put_off(_Atomic uint64_t *until, uint64_t us, uint64_t now_us)
{
	uint64_t done = get(until);

	while (!atomic_compare_exchange_weak_explicit(
		until, &done, later(done, now_us) + us, memory_order_relaxed,
		memory_order_relaxed))
		;
}

void backlog_add(struct backlog *b, const struct backlog_part *p,
		 uint64_t new_tokens, uint64_t now_us)
{
	atomic_fetch_add_explicit(p->silent ? &b->silent : &b->unanswered, 1,
				  memory_order_relaxed);
	atomic_fetch_add_explicit(p->silent ? &b->silent_us : &b->unanswered_us,
				  p->prefill_us, memory_order_relaxed);
	atomic_fetch_add_explicit(&b->live_tokens, p->live_tokens,
				  memory_order_relaxed);
	atomic_fetch_add_explicit(&b->added_tokens, new_tokens,
				  memory_order_relaxed);
	atomic_fetch_add_explicit(&b->sent, 1, memory_order_relaxed);
	put_off(&b->done_us, p->prefill_us, now_us);
}

/* What is left is known where nobody is silent; else it is that at least,
 * and at most what all take whose answers are not here. */
static void set_right(struct backlog *b, bool is_seen, uint64_t now_us)
{
	uint64_t least = now_us + get(&b->unanswered_us);
	uint64_t most = least + get(&b->silent_us);
	uint64_t done = sooner(get(&b->done_us), most);

	if (is_seen)
		done = later(done, least);
	atomic_store_explicit(&b->done_us, done, memory_order_relaxed);
}

void backlog_prefilled(struct backlog *b, const struct backlog_part *p,
		       uint64_t now_us)
{
	atomic_fetch_sub_explicit(p->silent ? &b->silent : &b->unanswered, 1,
				  memory_order_relaxed);
	atomic_fetch_sub_explicit(p->silent ? &b->silent_us : &b->unanswered_us,
				  p->prefill_us, memory_order_relaxed);
	set_right(b, !p->silent, now_us);
}

void backlog_end(struct backlog *b, const struct backlog_part *p)
{
	atomic_fetch_sub_explicit(&b->live_tokens, p->live_tokens,
				  memory_order_relaxed);
	atomic_fetch_add_explicit(&b->ended_tokens, p->live_tokens,
				  memory_order_relaxed);
}

void backlog_give(struct backlog *b, uint64_t us, uint64_t now_us)
{
	put_off(&b->giving_us, us, now_us);
}

void backlog_load(struct backlog *b, uint64_t us, uint64_t now_us)
{
	put_off(&b->loading_us, us, now_us);
}

static uint64_t left(const _Atomic uint64_t *until, uint64_t now_us)
{
	uint64_t done = get(until);

	return done > now_us ? done - now_us : 0;
}

/* Of the silent, as many as of their prefill is left. */
static uint32_t still_silent(const struct backlog *b, uint64_t left_us)
{
	uint32_t n = atomic_load_explicit(&b->silent, memory_order_relaxed);
	uint64_t all_us = get(&b->silent_us);

	if (left_us >= all_us)
		return left_us > 0 ? n : 0;
	return (uint32_t)(((double)n * (double)left_us) / (double)all_us +
			  .999);
}

struct backlog_view backlog_look(const struct backlog *b, uint64_t now_us)
{
	uint64_t left_us = left(&b->done_us, now_us);
	uint32_t n = atomic_load_explicit(&b->unanswered, memory_order_relaxed);
	uint32_t silent = still_silent(b, left_us);

	return (struct backlog_view){
		.unanswered = n + silent,
		.silent = silent,
		.ahead_ms = (double)left_us / 1e3,
		.giving_ms = (double)left(&b->giving_us, now_us) / 1e3,
		.loading_ms = (double)left(&b->loading_us, now_us) / 1e3,
		.live_tokens = get(&b->live_tokens),
		.added_tokens = get(&b->added_tokens),
		.ended_tokens = get(&b->ended_tokens),
	};
}
