/* A queue of bytes in one contiguous, growing block: written at the end,
 * taken from the front. One thread. */
#ifndef COMMON_BASE_BUF_H
#define COMMON_BASE_BUF_H

#include <stddef.h>

#include "common/base/slice.h"

struct buf {
	char *p;
	size_t start, end, size; /* bytes p[start, end) are held */
};

void buf_init(struct buf *b);
void buf_fini(struct buf *b);
/* Forgets the bytes; frees the block if it is over `keep_bytes`. */
void buf_reset(struct buf *b, size_t keep_bytes);

size_t buf_len(const struct buf *b);
struct slice buf_slice(const struct buf *b);

/* Room for at least `n` more bytes at the end; returns where they go.
 * Pointers into the buffer are void after it. */
char *buf_reserve(struct buf *b, size_t n);
size_t buf_room(const struct buf *b);      /* writable without moving */
void buf_commit(struct buf *b, size_t n);  /* n <= what was reserved */
void buf_consume(struct buf *b, size_t n); /* n <= buf_len */

void buf_append(struct buf *b, struct slice s);
void buf_putc(struct buf *b, char c);
void buf_puts(struct buf *b, const char *text);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A JSON string with its quotes; invalid UTF-8 becomes U+FFFD. */
void buf_json_string(struct buf *b, struct slice s);

#endif
