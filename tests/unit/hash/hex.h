/* Bytes as hex digits, for tests of hashes. */
#ifndef TESTS_UNIT_HASH_HEX_H
#define TESTS_UNIT_HASH_HEX_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* `out` has room for 2 * n + 1. */
static inline char *hex_print(const uint8_t *p, size_t n, char *out)
{
	out[0] = '\0';
	for (size_t i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", p[i]);
	return out;
}

/* Returns the number of bytes; at most `size` are written. */
static inline size_t hex_parse(const char *text, uint8_t *out, size_t size)
{
	size_t n = strlen(text) / 2;
	unsigned byte;

	for (size_t i = 0; i < n && i < size; i++) {
		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			return 0;
		out[i] = (uint8_t)byte;
	}
	return n;
}

#endif
