#include "router/index/pages.h"

#include <stdint.h>
#include <sys/mman.h>

#include "common/base/assert.h"

void *pages_map(size_t bytes)
{
	size_t whole = (bytes + PAGES_SMALL - 1) & ~(PAGES_SMALL - 1);
	/* A huge page must begin at a multiple of its size. */
	size_t room = whole < PAGES_HUGE ? whole : whole + PAGES_HUGE;
	char *p = mmap(NULL, room, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t skip;

	ASSERT(p != MAP_FAILED);
	if (room == whole)
		return p;
	skip = -(uintptr_t)p & (PAGES_HUGE - 1);
	if (skip > 0)
		munmap(p, skip);
	munmap(p + skip + whole, room - skip - whole);
	return p + skip;
}

void pages_want_huge(void *p, size_t bytes)
{
	/* Slower without, and otherwise the same: a refusal is let pass. */
	(void)madvise(p, bytes, MADV_HUGEPAGE);
}

void pages_unmap(void *p, size_t bytes)
{
	if (p != NULL)
		munmap(p, bytes);
}

void pages_release(void *p, size_t bytes)
{
	if (bytes > 0)
		ASSERT(madvise(p, bytes, MADV_DONTNEED) == 0);
}
