/* Escapes inside JSON strings, for the scanner and the unescaper. */
#ifndef COMMON_JSON_ESCAPE_H
#define COMMON_JSON_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a letter behind a backslash stands for; 0: no short escape. */
extern const char json_short_escape[256];

/* `p` is at a backslash. Returns how many bytes of UTF-8 it stands for,
 * written to `to`, and moves `*p` behind it; 0 with a sentence in `why` if
 * it is malformed or half of a surrogate pair. */
size_t json_escape(const char **p, const char *end, char to[4],
		   const char **why);

/* Length of the UTF-8 sequence at `p`, whose first byte is 0x80 or more; 0
 * if it is malformed: overlong, surrogate, past U+10FFFF, cut. */
size_t json_utf8_length(const char *p, const char *end);

#endif
