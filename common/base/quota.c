#include "common/base/quota.h"

#include "common/base/assert.h"

void quota_init(struct quota *q, size_t max)
{
	atomic_init(&q->taken, 0);
	q->max = max;
}

bool quota_take(struct quota *q, size_t spare)
{
	size_t before;

	if (q == NULL)
		return true;
	before = atomic_fetch_add_explicit(&q->taken, 1, memory_order_relaxed);
	if (before < q->max && q->max - before > spare)
		return true;
	atomic_fetch_sub_explicit(&q->taken, 1, memory_order_relaxed);
	return false;
}

void quota_give_back(struct quota *q)
{
	if (q != NULL)
		ASSERT(atomic_fetch_sub_explicit(&q->taken, 1,
						 memory_order_relaxed) > 0);
}
