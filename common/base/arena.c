#include "common/base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/assert.h"
#include "common/base/mem.h"

#define ALIGNMENT   16
#define FIRST_CHUNK 2048
#define KEEP_CHUNK  65536

struct arena_chunk {
	struct arena_chunk *next;
	size_t size; /* of the whole block */
	alignas(ALIGNMENT) char bytes[];
};

void arena_init(struct arena *a)
{
	*a = (struct arena){0};
}

static void free_chunks(struct arena *a, struct arena_chunk *c)
{
	while (c != NULL) {
		struct arena_chunk *next = c->next;

		a->bytes -= c->size;
		mem_free(c);
		c = next;
	}
}

void arena_fini(struct arena *a)
{
	free_chunks(a, a->chunk);
	*a = (struct arena){0};
}

static void start_chunk(struct arena *a, struct arena_chunk *c)
{
	a->chunk = c;
	a->at = c->bytes;
	a->end = (char *)c + c->size;
}

void arena_reset(struct arena *a)
{
	struct arena_chunk *keep = a->chunk;

	if (keep == NULL)
		return;
	free_chunks(a, keep->next);
	keep->next = NULL;
	if (keep->size > KEEP_CHUNK) {
		arena_fini(a);
		return;
	}
	start_chunk(a, keep);
}

static void add_chunk(struct arena *a, size_t n)
{
	size_t size = a->chunk ? a->chunk->size * 2 : FIRST_CHUNK;
	struct arena_chunk *c;

	/* Doubling stops at 1 MiB, so waste stays a small share. */
	if (size > (1 << 20))
		size = 1 << 20;
	if (size < n + sizeof(*c))
		size = n + sizeof(*c);
	c = mem_alloc(size);
	c->next = a->chunk;
	c->size = size;
	a->bytes += size;
	start_chunk(a, c);
}

void *arena_alloc(struct arena *a, size_t n)
{
	char *p;

	ASSERT(n < SIZE_MAX / 2);
	n = (n + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (a->at == NULL || (size_t)(a->end - a->at) < n)
		add_chunk(a, n);
	p = a->at;
	a->at += n;
	return p;
}

void *arena_zalloc(struct arena *a, size_t n)
{
	void *p = arena_alloc(a, n);

	memset(p, 0, n);
	return p;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	ASSERT(!__builtin_mul_overflow(n, size, &bytes));
	return arena_alloc(a, bytes);
}

struct slice arena_copy(struct arena *a, struct slice s)
{
	char *p = arena_alloc(a, s.n + 1);

	if (s.n > 0)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return (struct slice){p, s.n};
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list args;
	char *text;
	int n;

	va_start(args, fmt);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	ASSERT(n >= 0);
	text = arena_alloc(a, (size_t)n + 1);
	va_start(args, fmt);
	vsnprintf(text, (size_t)n + 1, fmt, args);
	va_end(args);
	return text;
}
