/* The part of a string that needs no look at each byte, passed with AVX2
 * where the processor has it. */
#ifndef COMMON_JSON_SPAN_H
#define COMMON_JSON_SPAN_H

/* First byte in [p, end) that is a quote, a control byte, not ASCII, or a
 * backslash of anything but a short escape; `end` if there is none. */
const char *json_skip_plain(const char *p, const char *end);

/* Copies to `*to` and moves it, undoing short escapes, up to the first
 * backslash that begins none. Returns where that is, or `end`. `*to` has
 * room for end - p bytes, all of which may be written. */
const char *json_copy_plain(const char *p, const char *end, char **to);

#endif
