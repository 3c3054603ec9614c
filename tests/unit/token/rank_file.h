/* A small rank file: all bytes by their value, then these tokens. */
#ifndef TESTS_UNIT_TOKEN_RANK_FILE_H
#define TESTS_UNIT_TOKEN_RANK_FILE_H

#include <stdio.h>
#include <unistd.h>

#include "tests/unit/token/fixture.h"

static inline void put_base64(struct buf *out, struct slice s)
{
	static const char letter[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
				     "opqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < s.n; i += 3) {
		uint32_t bits = 0;

		for (size_t k = 0; k < 3; k++)
			bits = bits << 8 |
			       (i + k < s.n ? (unsigned char)s.p[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			buf_putc(out,
				 i + k > s.n
					 ? '='
					 : letter[bits >> (18 - 6 * k) & 63]);
	}
}

static inline void put_rank(struct buf *out, struct slice token, unsigned rank)
{
	char number[16];

	put_base64(out, token);
	snprintf(number, sizeof(number), " %u\n", rank);
	buf_puts(out, number);
}

/* The caller frees the buffer. */
static inline void rank_file(struct buf *out, const char *const *token)
{
	unsigned rank = 0;

	buf_init(out);
	for (; rank < 256; rank++) {
		char c = (char)rank;

		put_rank(out, (struct slice){&c, 1}, rank);
	}
	for (; *token; token++)
		put_rank(out, slice_of(*token), rank++);
}

#endif
