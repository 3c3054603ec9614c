/* The printable alphabet of byte-level vocabularies: each byte is written
 * as one character, itself where it is printable, else one from U+0100 on.
 * From GPT-2's published byte_encoder. Pure; any thread. */
#ifndef COMMON_TOKEN_ALPHABET_H
#define COMMON_TOKEN_ALPHABET_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"

/* The byte that `c` stands for, or -1. */
int alphabet_byte(uint32_t c);
/* Writes the bytes that `text` (valid UTF-8) stands for to `out`, at most
 * text.n of them. False if some character is not of the alphabet. */
bool alphabet_decode(struct slice text, char *out, size_t *n);
/* Appends `bytes` written in the alphabet: at most twice as long. */
void alphabet_append(struct slice bytes, struct buf *out);

#endif
