#include "router/fleet/recent.h"

/* Straight between two halvings: within 6 % of the curve. */
static uint64_t decay(uint64_t word, uint32_t now)
{
	uint64_t amount = word & UINT32_MAX;
	uint32_t since = now - (uint32_t)(word >> 32);
	uint32_t halvings = since / RECENT_HALF_MS;

	/* Another lane's clock may be a moment ahead of ours. */
	if (since > UINT32_MAX / 2)
		return amount;
	if (halvings >= 32)
		return 0;
	amount >>= halvings;
	return amount - amount * (since % RECENT_HALF_MS) / RECENT_HALF_MS / 2;
}

void recent_add(struct recent *r, uint64_t amount, uint64_t now_ms)
{
	uint64_t before = atomic_load_explicit(&r->word, memory_order_relaxed);
	uint64_t sum, after;

	do {
		sum = decay(before, (uint32_t)now_ms) + amount;
		if (sum > UINT32_MAX)
			sum = UINT32_MAX;
		after = (uint64_t)(uint32_t)now_ms << 32 | sum;
	} while (!atomic_compare_exchange_weak_explicit(
		&r->word, &before, after, memory_order_relaxed,
		memory_order_relaxed));
}

uint64_t recent_read(const struct recent *r, uint64_t now_ms)
{
	return decay(atomic_load_explicit(&r->word, memory_order_relaxed),
		     (uint32_t)now_ms);
}
