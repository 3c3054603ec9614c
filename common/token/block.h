/* Sixty-four ASCII characters at a time: what each is, as bits.
 *
 * Where words start in such a block follows from these masks by a few dozen
 * operations on all of it at once, while a scanner goes character by
 * character and guesses wrongly at each word's end. Pure; any thread. */
#ifndef COMMON_TOKEN_BLOCK_H
#define COMMON_TOKEN_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "common/token/scan.h"

#define BLOCK_BYTES 64

/* Bit i is the i-th character's. Nothing is set from `n` on. */
struct block {
	unsigned n; /* up to the first that is neither visible nor blank */
	uint64_t letter, upper, digit;
	uint64_t space;   /* blank, tab, line ends */
	uint64_t blank;   /* ' ' */
	uint64_t newline; /* \r and \n */
	uint64_t tab;
	uint64_t sign; /* none of these */
	uint64_t slash, apostrophe;
	const char *p;
};

/* Reads BLOCK_BYTES from `p`, of which the first `n` count. */
void block_read(const char *p, size_t n, struct block *b);

/* Starts of words in the block, which begins with a word's start: bit 0 is
 * not among them, nor are those that might depend on what follows. */
typedef uint64_t block_fn(const struct block *b);

/* What finds the words that a sequence of scanners gives; NULL if there is
 * nothing but them. */
block_fn *block_of(scan_fn *const *scan, size_t n);

/* A place behind `at` in p[0, n) where a word starts whatever stands around,
 * and at which the text may therefore be cut in two; or n. */
size_t block_sync(const char *p, size_t n, size_t at);

#endif
