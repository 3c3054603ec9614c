/* Memory that is given back all at once: a request's, a parse's.
 *
 * One thread. Allocations are aligned to 16 and zeroed by none: callers
 * write what they read. Out of memory aborts; whoever allocates for a
 * peer bounds the size first. */
#ifndef COMMON_BASE_ARENA_H
#define COMMON_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"
#include "common/base/slice.h"

struct arena_chunk;
struct slab;

struct arena {
	struct arena_chunk *chunk; /* newest first */
	char *at, *end;
	size_t bytes;      /* held, all chunks */
	size_t max_bytes;  /* 0: no bound; see arena_is_over() */
	struct slab *slab; /* of chunks; NULL: they come from the heap */
};

void arena_init(struct arena *a);
/* What fits comes from a slab of objects of SLAB_MAX_BYTES, which outlives
 * the arena; what does not comes from the heap, each by itself. */
void arena_init_in(struct arena *a, struct slab *slab);
void arena_fini(struct arena *a); /* empty, and ready for use again */
/* Forgets all allocations; keeps one chunk of at most 64 KiB for reuse. */
void arena_reset(struct arena *a);

/* It gives what it is asked for all the same: whoever makes many things of
 * a peer's few bytes looks here from time to time. Until arena_fini(). */
static inline bool arena_is_over(const struct arena *a)
{
	return UNLIKELY(a->max_bytes != 0 && a->bytes > a->max_bytes);
}

#define ARENA_ALIGNMENT ((size_t)16)

/* Where the chunk has no room for it, or just enough. */
void *arena_alloc_anew(struct arena *a, size_t n);
void *arena_zalloc(struct arena *a, size_t n);

/* Inline: most find room, and many sizes are known where they stand. Chunks
 * begin and end at multiples of the alignment. */
static inline void *arena_alloc(struct arena *a, size_t n)
{
	char *p = a->at;

	if (UNLIKELY(n >= (size_t)(a->end - p)))
		return arena_alloc_anew(a, n);
	a->at = p + ((n + ARENA_ALIGNMENT - 1) & ~(ARENA_ALIGNMENT - 1));
	return p;
}

/* ASSERTs that n * size does not overflow; bound n first. */
static inline void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	ASSERT(!__builtin_mul_overflow(n, size, &bytes));
	return arena_alloc(a, bytes);
}

/* Copies are terminated, for the sake of C interfaces. */
struct slice arena_copy(struct arena *a, struct slice s);
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
