#include "router/tenant/bucket.h"

/* Nothing lasts longer; sums of three stay within 64 bits. */
#define MAX_NS ((uint64_t)1 << 62)

/* How long so many take to flow in: never less than it is. */
static uint64_t time_of(const struct bucket_rate *r, uint64_t amount)
{
	unsigned __int128 ns = (unsigned __int128)amount * r->window_ns;

	ns = (ns + r->capacity - 1) / r->capacity;
	return ns > MAX_NS ? MAX_NS : (uint64_t)ns;
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

bool bucket_take(struct bucket *b, const struct bucket_rate *r, uint64_t amount,
		 uint64_t now_ns, uint64_t *wait_ns)
{
	uint64_t was, full, ns;

	if (r->capacity == 0)
		return true;
	if (amount > r->capacity) {
		*wait_ns = UINT64_MAX;
		return false;
	}
	ns = time_of(r, amount);
	was = atomic_load_explicit(&b->full_at_ns, memory_order_relaxed);
	do {
		full = later(was, now_ns) + ns;
		if (full - now_ns <= r->window_ns)
			continue;
		*wait_ns = full - now_ns - r->window_ns;
		return false;
	} while (!atomic_compare_exchange_weak_explicit(
		&b->full_at_ns, &was, full, memory_order_relaxed,
		memory_order_relaxed));
	return true;
}

void bucket_owe(struct bucket *b, const struct bucket_rate *r, uint64_t amount,
		uint64_t now_ns)
{
	uint64_t was, full, ns;

	if (r->capacity == 0)
		return;
	ns = time_of(r, amount);
	was = atomic_load_explicit(&b->full_at_ns, memory_order_relaxed);
	do {
		full = later(was, now_ns);
		full = full > MAX_NS - ns ? MAX_NS : full + ns;
	} while (!atomic_compare_exchange_weak_explicit(
		&b->full_at_ns, &was, full, memory_order_relaxed,
		memory_order_relaxed));
}

void bucket_give_back(struct bucket *b, const struct bucket_rate *r,
		      uint64_t amount, uint64_t taken, uint64_t taken_ns,
		      uint64_t now_ns)
{
	uint64_t was, full, ns, open, past;

	if (r->capacity == 0)
		return;
	past = later(now_ns, taken_ns) - taken_ns;
	open = time_of(r, taken);
	open = open > past ? open - past : 0;
	ns = time_of(r, amount);
	ns = ns < open ? ns : open;
	was = atomic_load_explicit(&b->full_at_ns, memory_order_relaxed);
	do
		full = was > ns ? was - ns : 0;
	while (!atomic_compare_exchange_weak_explicit(
		&b->full_at_ns, &was, full, memory_order_relaxed,
		memory_order_relaxed));
}

struct bucket_level bucket_look(const struct bucket *b,
				const struct bucket_rate *r, uint64_t now_ns)
{
	uint64_t full = atomic_load_explicit(&b->full_at_ns,
					     memory_order_relaxed);
	uint64_t missing = full > now_ns ? full - now_ns : 0;
	struct bucket_level level = {r->capacity, missing};

	if (r->capacity == 0)
		return (struct bucket_level){0};
	if (missing >= r->window_ns)
		level.remaining = 0;
	else
		level.remaining =
			(uint64_t)((unsigned __int128)(r->window_ns - missing) *
				   r->capacity / r->window_ns);
	return level;
}
