/* Zeroed memory straight from the kernel: mapped without being held, held
 * when touched, given back piece by piece while it stays readable. */
#ifndef ROUTER_INDEX_PAGES_H
#define ROUTER_INDEX_PAGES_H

#include <stddef.h>

#define PAGES_SMALL ((size_t)4 << 10)
#define PAGES_HUGE  ((size_t)2 << 20)

/* Aligned to PAGES_HUGE if it is that long. Aborts when address space runs
 * out. */
void *pages_map(size_t bytes);
/* Fewer misses of the processor's table of addresses, for memory that is
 * used all over. */
void pages_want_huge(void *p, size_t bytes);
void pages_unmap(void *p, size_t bytes); /* NULL is allowed */
/* From now on [p, p + bytes) reads as zeros and holds no memory; both are
 * multiples of PAGES_SMALL. Readers may be inside. */
void pages_release(void *p, size_t bytes);

#endif
