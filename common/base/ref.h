/* An atomic count for objects that several threads hold. Any thread. */
#ifndef COMMON_BASE_REF_H
#define COMMON_BASE_REF_H

#include <stdatomic.h>
#include <stdbool.h>

#include "common/base/assert.h"

struct ref {
	atomic_uint n;
};

/* Held once. */
static inline void ref_init(struct ref *r)
{
	atomic_init(&r->n, 1);
}

static inline void ref_hold(struct ref *r)
{
	unsigned before = atomic_fetch_add_explicit(&r->n, 1,
						    memory_order_relaxed);

	ASSERT(before > 0);
}

/* For a holder: whether there is none besides it. */
static inline bool ref_is_only(const struct ref *r)
{
	/* What the others did before they let go has happened. */
	return atomic_load_explicit(&r->n, memory_order_acquire) == 1;
}

/* True for the last holder, who then frees the object. */
static inline bool ref_drop(struct ref *r)
{
	unsigned before = atomic_fetch_sub_explicit(&r->n, 1,
						    memory_order_acq_rel);

	ASSERT(before > 0);
	return before == 1;
}

#endif
