/* The raw tables of normalization: see form.h.
 *
 * Made by tools/unicode/make_tables.py. */
#ifndef COMMON_TOKEN_NORMAL_TABLES_H
#define COMMON_TOKEN_NORMAL_TABLES_H

#include <stddef.h>
#include <stdint.h>

/* {first << 8 | class, last} of those that are no starters, sorted. */
extern const uint32_t unicode_combining[];
extern const size_t unicode_combining_n;
/* Full decompositions: {code point, length << 16 | start in
 * unicode_decomposed}, sorted. Those of compatibility are only there where
 * they differ. Hangul is not there: it has a rule. */
extern const uint32_t unicode_canonical[];
extern const size_t unicode_canonical_n;
extern const uint32_t unicode_compatible[];
extern const size_t unicode_compatible_n;
extern const uint32_t unicode_decomposed[];
/* {first, second, composite}, sorted. */
extern const uint32_t unicode_composition[];
extern const size_t unicode_composition_n;

#endif
