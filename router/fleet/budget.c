#include "router/fleet/budget.h"

/* A lane tells of so many at once, so that lanes rarely meet at a word. */
#define TELL_EACH 16

static uint32_t second_of(uint64_t word)
{
	return (uint32_t)(word >> 32);
}

static uint32_t count_of(uint64_t word)
{
	return (uint32_t)word;
}

/* A count that is full stays so. */
static uint64_t raised(uint64_t word, uint32_t second, uint32_t n)
{
	uint32_t was = second_of(word) == second ? count_of(word) : 0;

	if (n > UINT32_MAX - was)
		n = UINT32_MAX - was;
	return (uint64_t)second << 32 | (was + n);
}

static void add(_Atomic uint64_t *slot, uint32_t second, uint32_t n)
{
	_Atomic uint64_t *word = &slot[second % BUDGET_SLOTS];
	uint64_t was = atomic_load_explicit(word, memory_order_relaxed);

	do
		if (second_of(was) > second)
			return; /* told too late: the slot is another's */
	while (!atomic_compare_exchange_weak_explicit(
		word, &was, raised(was, second, n), memory_order_relaxed,
		memory_order_relaxed));
}

static void take_back(_Atomic uint64_t *slot, uint32_t second)
{
	_Atomic uint64_t *word = &slot[second % BUDGET_SLOTS];
	uint64_t was = atomic_load_explicit(word, memory_order_relaxed);

	do
		if (second_of(was) != second || count_of(was) == 0)
			return;
	while (!atomic_compare_exchange_weak_explicit(word, &was, was - 1,
						      memory_order_relaxed,
						      memory_order_relaxed));
}

static uint64_t within_window(const _Atomic uint64_t *slot, uint32_t now)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < BUDGET_SLOTS; i++) {
		uint64_t word = atomic_load_explicit(&slot[i],
						     memory_order_relaxed);
		uint32_t age = now - second_of(word);

		/* The second that runs and ten whole ones: no ten seconds
		 * reach beyond. Another lane's clock may be ahead of ours. */
		if (age <= BUDGET_WINDOW_S || age == UINT32_MAX)
			sum += count_of(word);
	}
	return sum;
}

static void tell(struct budget *b, struct budget_part *p)
{
	if (p->n > 0)
		add(b->requests, p->second, p->n);
	p->n = 0;
}

void budget_count(struct budget *b, struct budget_part *p, uint64_t now_ms)
{
	uint32_t second = (uint32_t)(now_ms / 1000);

	if (p->second != second) {
		tell(b, p);
		p->second = second;
	}
	if (++p->n == TELL_EACH)
		tell(b, p);
}

static double allowed(const struct budget *b, const struct conf_retries *rules,
		      uint32_t now)
{
	double share = rules->budget * (double)within_window(b->requests, now);
	double least = (double)rules->min_per_second * BUDGET_WINDOW_S;

	return share > least ? share : least;
}

bool budget_take(struct budget *b, struct budget_part *p,
		 const struct conf_retries *rules, uint64_t now_ms)
{
	uint32_t now = (uint32_t)(now_ms / 1000);

	tell(b, p);
	/* Counted before it is looked at: two who take the last one see each
	 * other. */
	add(b->retries, now, 1);
	if ((double)within_window(b->retries, now) <= allowed(b, rules, now))
		return true;
	take_back(b->retries, now);
	return false;
}
