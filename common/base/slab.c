#include "common/base/slab.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "common/base/assert.h"
#include "common/base/mem.h"

#define ALIGNMENT   ((size_t)16)
#define PAGE_BYTES  ((size_t)4096)
#define PAGES       (SLAB_SPAN_BYTES / PAGE_BYTES)
#define MAX_OBJECTS 512
#define WORD_BITS   64
/* Spans kept for the next wave: half a megabyte. The more a wave needs, the
 * less of its time is spent on mapping. */
#define MAX_WANTED 8

/* AddressSanitizer tells of an object that is used too long only where it
 * is the heap's. */
#ifdef __SANITIZE_ADDRESS__
#define BY_HEAP true
#else
#define BY_HEAP false
#endif

/* At the span's start, which its address is a multiple of its size for. */
struct span {
	struct list link; /* in `open`; nowhere: it is full */
	struct slab *slab;
	size_t n;                               /* objects in it */
	uint64_t free[MAX_OBJECTS / WORD_BITS]; /* a bit for each object */
	alignas(ALIGNMENT) char object[];
};

#define FIRST_OBJECT offsetof(struct span, object)

static char *object_at(struct span *p, size_t i)
{
	return p->object + i * p->slab->object_bytes;
}

/* The pages that bytes [from, to) of a span lie on. */
static uint32_t pages_of(size_t from, size_t to)
{
	uint32_t up_to_last = (uint32_t)(2u << (to - 1) / PAGE_BYTES) - 1;

	return up_to_last & ~((1u << from / PAGE_BYTES) - 1);
}

static uint32_t pages_of_object(struct span *p, size_t i)
{
	size_t from = (size_t)(object_at(p, i) - (char *)p);

	return pages_of(from, from + p->slab->object_bytes);
}

/* Spans are mapped side by side, so all but the first are aligned. */
static void *map_aligned(void)
{
	size_t n = SLAB_SPAN_BYTES, before;
	char *p = mmap(NULL, n, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT(p != MAP_FAILED);
	if ((uintptr_t)p % n == 0)
		return p;
	munmap(p, n);
	p = mmap(NULL, 2 * n, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT(p != MAP_FAILED);
	before = n - (uintptr_t)p % n;
	if (before < n)
		munmap(p, before);
	else
		before = 0;
	munmap(p + before + n, n - before);
	return p + before;
}

static struct span *add_span(struct slab *s)
{
	struct span *p = map_aligned();

	p->slab = s;
	for (size_t i = 0; i < s->n_of_span; i++)
		p->free[i / WORD_BITS] |= (uint64_t)1 << i % WORD_BITS;
	list_push_front(&s->open, &p->link);
	s->n_spans++;
	s->n_empty++;
	if (s->dropped > 0 && s->wanted < MAX_WANTED) {
		s->dropped--;
		s->wanted++;
	}
	return p;
}

static void drop_span(struct slab *s, struct span *p)
{
	list_remove(&p->link);
	s->n_spans--;
	s->n_empty--;
	munmap(p, SLAB_SPAN_BYTES);
}

void slab_init(struct slab *s, size_t object_bytes, size_t max_empty)
{
	size_t n = (object_bytes + ALIGNMENT - 1) & ~(ALIGNMENT - 1);

	ASSERT(n > 0 && n <= SLAB_MAX_BYTES);
	/* The quotient of a multiple within a span is exact by it. */
	*s = (struct slab){
		.object_bytes = (uint32_t)n,
		.inverse = (uint32_t)(((uint64_t)1 << 32) / n + 1),
		.max_empty = max_empty,
	};
	s->n_of_span = (SLAB_SPAN_BYTES - FIRST_OBJECT) / n;
	if (s->n_of_span > MAX_OBJECTS)
		s->n_of_span = MAX_OBJECTS;
	list_init(&s->open);
}

void slab_fini(struct slab *s)
{
	ASSERT(s->n == 0);
	s->max_empty = 0;
	slab_trim(s);
	ASSERT(s->n_spans == 0);
}

static size_t first_free(const struct span *p)
{
	size_t w = 0;

	while (p->free[w] == 0)
		w++;
	return w * WORD_BITS + (size_t)__builtin_ctzll(p->free[w]);
}

static void *take(struct slab *s)
{
	struct span *p = list_empty(&s->open)
				 ? add_span(s)
				 : LIST_ENTRY(s->open.next, struct span, link);
	size_t i = first_free(p);

	p->free[i / WORD_BITS] &= ~((uint64_t)1 << i % WORD_BITS);
	s->n_empty -= p->n == 0;
	if (++p->n == s->n_of_span)
		list_remove(&p->link);
	return object_at(p, i);
}

static size_t peak(const struct slab *s)
{
	return s->high > s->top ? s->high : s->top;
}

/* What is kept for a usual load would be too much to keep of each peak. */
static size_t enough(const struct slab *s)
{
	return (slab_has_fallen(s) ? 0 : s->max_empty) + s->wanted;
}

static void put_back(struct slab *s, char *object)
{
	struct span *p = (void *)((uintptr_t)object & ~(SLAB_SPAN_BYTES - 1));
	size_t i = (size_t)(object - p->object) * s->inverse >> 32;
	uint64_t bit = (uint64_t)1 << i % WORD_BITS;

	ASSERT(p->slab == s && object == object_at(p, i));
	ASSERT((p->free[i / WORD_BITS] & bit) == 0);
	p->free[i / WORD_BITS] |= bit;
	if (p->n-- == s->n_of_span)
		list_push_front(&s->open, &p->link);
	if (p->n > 0)
		return;
	/* Last to be used again. */
	list_remove(&p->link);
	list_push_back(&s->open, &p->link);
	s->n_empty++;
	while (s->n_empty > enough(s)) {
		drop_span(s, LIST_ENTRY(s->open.prev, struct span, link));
		s->dropped++;
	}
}

/* The pages on which no object lies; a span's own lies there as well. */
static uint32_t idle_pages(struct span *p)
{
	uint32_t used = pages_of(0, FIRST_OBJECT);

	for (size_t i = 0; i < p->slab->n_of_span; i++)
		if ((p->free[i / WORD_BITS] >> i % WORD_BITS & 1) == 0)
			used |= pages_of_object(p, i);
	return ~used & pages_of(0, SLAB_SPAN_BYTES);
}

static void trim_span(struct span *p)
{
	uint32_t idle = idle_pages(p);

	for (size_t i = 0; i < PAGES; i++)
		if (idle >> i & 1)
			madvise((char *)p + i * PAGE_BYTES, PAGE_BYTES,
				MADV_DONTNEED);
}

void slab_trim(struct slab *s)
{
	struct list *it, *tmp;

	LIST_EACH (it, tmp, &s->open) {
		struct span *p = LIST_ENTRY(it, struct span, link);

		if (p->n == 0)
			drop_span(s, p);
		else
			trim_span(p);
	}
}

bool slab_settle(struct slab *s)
{
	size_t was = peak(s);
	bool quiet = was > 4 * s->n_of_span && s->high <= was / 4;

	s->top = quiet ? s->high : was;
	s->high = s->n;
	s->dropped = 0;
	if (!quiet)
		return false;
	s->wanted = 0;
	slab_trim(s);
	return true;
}

void *slab_alloc(struct slab *s)
{
	if (++s->n > s->high)
		s->high = s->n;
	return BY_HEAP ? mem_alloc(s->object_bytes) : take(s);
}

void *slab_zalloc(struct slab *s)
{
	void *object = slab_alloc(s);

	memset(object, 0, s->object_bytes);
	return object;
}

void slab_free(struct slab *s, void *object)
{
	if (object == NULL)
		return;
	ASSERT(s->n > 0);
	s->n--;
	if (BY_HEAP)
		mem_free(object);
	else
		put_back(s, object);
}
