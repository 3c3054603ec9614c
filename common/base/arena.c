#include "common/base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "common/base/slab.h"

#define FIRST_CHUNK 2048
#define KEEP_CHUNK  65536

struct arena_chunk {
	struct arena_chunk *next;
	size_t size; /* of the whole block */
	alignas(ARENA_ALIGNMENT) char bytes[];
};

void arena_init(struct arena *a)
{
	*a = (struct arena){0};
}

void arena_init_in(struct arena *a, struct slab *slab)
{
	ASSERT(slab->object_bytes == SLAB_MAX_BYTES);
	*a = (struct arena){.slab = slab};
}

static void free_chunks(struct arena *a, struct arena_chunk *c)
{
	while (c != NULL) {
		struct arena_chunk *next = c->next;

		a->bytes -= c->size;
		if (a->slab != NULL && c->size == SLAB_MAX_BYTES)
			slab_free(a->slab, c);
		else
			mem_free(c);
		c = next;
	}
}

void arena_fini(struct arena *a)
{
	free_chunks(a, a->chunk);
	*a = (struct arena){.slab = a->slab};
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

static void add_chunk(struct arena *a, struct arena_chunk *c, size_t size)
{
	c->next = a->chunk;
	c->size = size;
	a->bytes += size;
	start_chunk(a, c);
}

/* Behind the newest chunk, in which there is room left. */
static void *add_block(struct arena *a, size_t n)
{
	size_t size = sizeof(struct arena_chunk) + n;
	struct arena_chunk *c = mem_alloc(size);

	c->size = size;
	c->next = a->chunk->next;
	a->chunk->next = c;
	a->bytes += size;
	return c->bytes;
}

static void grow(struct arena *a, size_t n)
{
	size_t size = a->chunk ? a->chunk->size * 2 : FIRST_CHUNK;

	/* Doubling stops at 1 MiB, so waste stays a small share. */
	if (size > (1 << 20))
		size = 1 << 20;
	if (size < n + sizeof(struct arena_chunk))
		size = n + sizeof(struct arena_chunk);
	add_chunk(a, mem_alloc(size), size);
}

static void *take(struct arena *a, size_t n)
{
	char *p = a->at;

	a->at += n;
	return p;
}

static void *add_and_take(struct arena *a, size_t n)
{
	bool large = n > SLAB_MAX_BYTES - sizeof(struct arena_chunk);

	if (a->slab == NULL)
		grow(a, n);
	else if (!large || a->chunk == NULL)
		add_chunk(a, slab_alloc(a->slab), SLAB_MAX_BYTES);
	return large && a->slab != NULL ? add_block(a, n) : take(a, n);
}

void *arena_alloc_anew(struct arena *a, size_t n)
{
	ASSERT(n < SIZE_MAX / 2);
	n = (n + ARENA_ALIGNMENT - 1) & ~(ARENA_ALIGNMENT - 1);
	if (a->at == NULL || (size_t)(a->end - a->at) < n)
		return add_and_take(a, n);
	return take(a, n);
}

void *arena_zalloc(struct arena *a, size_t n)
{
	return memset(arena_alloc(a, n), 0, n);
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
