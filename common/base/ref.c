#include "common/base/ref.h"

#include "common/base/assert.h"

void ref_init(struct ref *r)
{
	atomic_init(&r->n, 1);
}

void ref_hold(struct ref *r)
{
	unsigned before = atomic_fetch_add_explicit(&r->n, 1,
						    memory_order_relaxed);

	ASSERT(before > 0);
}

bool ref_is_only(const struct ref *r)
{
	/* What the others did before they let go has happened. */
	return atomic_load_explicit(&r->n, memory_order_acquire) == 1;
}

bool ref_drop(struct ref *r)
{
	unsigned before = atomic_fetch_sub_explicit(&r->n, 1,
						    memory_order_acq_rel);

	ASSERT(before > 0);
	return before == 1;
}
