/* Decimal digits, for a fraction of what printf takes. Any thread. */
#ifndef COMMON_BASE_DIGITS_H
#define COMMON_BASE_DIGITS_H

#include <stddef.h>
#include <stdint.h>

#define DIGITS_MAX 20 /* of a uint64_t */

/* Writes `value` so that its last digit stands before `end`; returns its
 * first one, DIGITS_MAX bytes before `end` at the earliest. */
char *digits_before(char *end, uint64_t value);
/* From `to` on; how many they are. */
size_t digits_write(char *to, uint64_t value);
/* Exactly `n` of them, the lower ones, with zeros in front; returns what is
 * left of `value` above them. */
uint64_t digits_fixed_before(char *end, uint64_t value, unsigned n);

#endif
