/* The heap, with out of memory as an abort. */
#ifndef COMMON_BASE_MEM_H
#define COMMON_BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t n);
void *mem_zalloc(size_t n);
/* ASSERTs that n * size does not overflow; bound n first. */
void *mem_array(size_t n, size_t size);
void *mem_realloc(void *p, size_t n);
char *mem_strdup(const char *text);
/* Terminated; `text` may be NULL if n is 0. */
char *mem_strndup(const char *text, size_t n);
/* By the library's memset, which for some KiB is far less work than what
 * a compiler puts in its place. */
void mem_zero(void *p, size_t n);
/* Gives pages that hold nothing back to the system. Takes milliseconds of
 * every thread that allocates: for when a peak has passed. */
void mem_trim(void);
void mem_free(void *p); /* NULL is allowed */

#endif
