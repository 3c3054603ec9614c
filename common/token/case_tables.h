/* The raw tables of case. Made by tools/unicode/make_tables.py. */
#ifndef COMMON_TOKEN_CASE_TABLES_H
#define COMMON_TOKEN_CASE_TABLES_H

#include <stddef.h>
#include <stdint.h>

/* {code point, its lower case, a second code point of it or 0}, sorted. */
extern const uint32_t unicode_lower[];
extern const size_t unicode_lower_n;
/* Where a pattern ignores case: {code point, the least that is the same},
 * sorted; not of the least themselves. */
extern const uint32_t unicode_fold[];
extern const size_t unicode_fold_n;
/* {code point, the two or three that are the same as it alone; 0}. */
extern const uint32_t unicode_long_fold[];
extern const size_t unicode_long_fold_n;

#endif
