/* A few slots that any thread fills and one thread empties, without a lock.
 * Where they are all full, what more is put is lost, and counted.
 *
 * The memory is the owner's, zeroed at first: a head, and as many states as
 * there are slots. */
#ifndef COMMON_BASE_SLOTS_H
#define COMMON_BASE_SLOTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct slots_head {
	atomic_uint next, lost;
};

struct slots {
	struct slots_head *head;
	atomic_uint *state; /* n of them */
	void *slot;         /* n of them, of `size` bytes each */
	unsigned n;
	size_t size;
};

/* Any thread; false if it was lost. */
bool slots_put(const struct slots *s, const void *from);
/* One thread: takes all there is into `to`, which has room for n, nearly in
 * the order in which it was put. Returns how many. */
unsigned slots_take(const struct slots *s, void *to);
/* How many were lost since this was last asked. */
unsigned slots_lost(const struct slots *s);

#endif
