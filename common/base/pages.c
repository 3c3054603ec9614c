#include "common/base/pages.h"

#include <stdint.h>
#include <sys/mman.h>

#include "common/base/assert.h"

#define HUGE_PAGE ((size_t)2 << 20)
#define PAGE      ((size_t)4096)

static size_t whole_pages(size_t n)
{
	return n ? (n + PAGE - 1) & ~(PAGE - 1) : PAGE;
}

static void give_back(char *p, size_t n)
{
	if (n > 0)
		munmap(p, n);
}

/* Less than a huge page is not worth the search for a place for one. */
void *pages_alloc(size_t n)
{
	size_t size = whole_pages(n), more = size < HUGE_PAGE ? 0 : HUGE_PAGE;
	char *got = mmap(NULL, size + more, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t skipped;

	ASSERT(got != MAP_FAILED);
	if (more == 0)
		return got;
	skipped = -(uintptr_t)got & (HUGE_PAGE - 1);
	give_back(got, skipped);
	give_back(got + skipped + size, more - skipped);
	(void)madvise(got + skipped, size, MADV_HUGEPAGE);
	return got + skipped;
}

void pages_free(void *p, size_t n)
{
	if (p)
		give_back(p, whole_pages(n));
}
