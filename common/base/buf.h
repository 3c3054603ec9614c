/* A queue of bytes in one contiguous, growing block: written at the end,
 * taken from the front. One thread. */
#ifndef COMMON_BASE_BUF_H
#define COMMON_BASE_BUF_H

#include <stddef.h>

#include "common/base/slice.h"

/* Whoever fills one for a peer bounds it far below. */
#define BUF_MAX_BYTES ((size_t)UINT32_MAX)

struct buf {
	char *p;
	uint32_t start, end, size; /* bytes p[start, end) are held */
	bool lent;                 /* the block is somebody else's */
};

static inline void buf_init(struct buf *b)
{
	*b = (struct buf){0};
}

/* Begins in a block that is lent to it; what outgrows it moves out. */
static inline void buf_init_in(struct buf *b, void *block, size_t size)
{
	ASSERT(size <= BUF_MAX_BYTES);
	*b = (struct buf){.p = block, .size = (uint32_t)size, .lent = true};
}

/* Holds bytes that stay somebody else's: it is read, not written to. */
static inline void buf_lend(struct buf *b, struct slice s)
{
	ASSERT(s.n <= BUF_MAX_BYTES);
	*b = (struct buf){.p = (char *)s.p, .lent = true};
	b->end = b->size = (uint32_t)s.n;
}

/* Moves out of what is lent to it, if anything is. */
void buf_own(struct buf *b);

void buf_free(struct buf *b); /* one that has a block */
static inline void buf_fini(struct buf *b)
{
	if (b->p != NULL)
		buf_free(b);
}

/* Forgets the bytes; frees the block if it is over `keep_bytes`. */
static inline void buf_reset(struct buf *b, size_t keep_bytes)
{
	b->start = b->end = 0;
	if (b->size > keep_bytes)
		buf_free(b);
}

/* Gives room back that it has not filled; a lent block stays. */
void buf_trim(struct buf *b);

static inline size_t buf_len(const struct buf *b)
{
	return b->end - b->start;
}

static inline struct slice buf_slice(const struct buf *b)
{
	if (b->p == NULL)
		return (struct slice){NULL, 0};
	return (struct slice){b->p + b->start, buf_len(b)};
}

/* Moves or grows the block: buf_reserve() where there is no room. */
char *buf_make_room(struct buf *b, size_t n);

/* Room for at least `n` more bytes at the end; returns where they go.
 * Pointers into the buffer are void after it. */
static inline char *buf_reserve(struct buf *b, size_t n)
{
	if (b->p != NULL && (size_t)(b->size - b->end) >= n)
		return b->p + b->end;
	return buf_make_room(b, n);
}

/* Writable without moving. */
static inline size_t buf_room(const struct buf *b)
{
	return b->size - b->end;
}

/* n <= what was reserved */
static inline void buf_commit(struct buf *b, size_t n)
{
	ASSERT(n <= b->size - b->end);
	b->end += (uint32_t)n;
}

/* n <= buf_len */
static inline void buf_consume(struct buf *b, size_t n)
{
	ASSERT(n <= buf_len(b));
	b->start += (uint32_t)n;
	if (b->start == b->end)
		b->start = b->end = 0;
}

static inline void buf_append(struct buf *b, struct slice s)
{
	if (s.n == 0)
		return;
	memcpy(buf_reserve(b, s.n), s.p, s.n);
	b->end += (uint32_t)s.n;
}

static inline void buf_putc(struct buf *b, char c)
{
	*buf_reserve(b, 1) = c;
	b->end++;
}

static inline void buf_puts(struct buf *b, const char *text)
{
	buf_append(b, slice_of(text));
}

void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Numbers, for a tenth of what buf_printf takes. */
void buf_u64(struct buf *b, uint64_t value);
/* A count of the `decimals`th parts of one: 1500 and 3 give "1.500".
 * `decimals` is 1 to 9. */
void buf_fixed(struct buf *b, uint64_t value, unsigned decimals);
/* A JSON string with its quotes; invalid UTF-8 becomes U+FFFD. */
void buf_json_string(struct buf *b, struct slice s);

#endif
