#include "common/base/mem.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/assert.h"

void *mem_alloc(size_t n)
{
	void *p = malloc(n ? n : 1);

	ASSERT(p != NULL);
	return p;
}

void *mem_zalloc(size_t n)
{
	void *p = calloc(1, n ? n : 1);

	ASSERT(p != NULL);
	return p;
}

void *mem_array(size_t n, size_t size)
{
	size_t bytes;

	ASSERT(!__builtin_mul_overflow(n, size, &bytes));
	return mem_alloc(bytes);
}

void *mem_realloc(void *p, size_t n)
{
	p = realloc(p, n ? n : 1);
	ASSERT(p != NULL);
	return p;
}

char *mem_strdup(const char *text)
{
	return mem_strndup(text, strlen(text));
}

char *mem_strndup(const char *text, size_t n)
{
	char *copy = mem_alloc(n + 1);

	if (n > 0)
		memcpy(copy, text, n);
	copy[n] = '\0';
	return copy;
}

void mem_zero(void *p, size_t n)
{
	memset(p, 0, n);
}

void mem_trim(void)
{
	malloc_trim(0);
}

void mem_free(void *p)
{
	free(p);
}
