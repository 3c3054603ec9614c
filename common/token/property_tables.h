/* Named sets of code points, for \p{...} in patterns: scripts and some
 * binary properties, as Oniguruma has them. Made by
 * tools/unicode/make_tables.py. */
#ifndef COMMON_TOKEN_PROPERTY_TABLES_H
#define COMMON_TOKEN_PROPERTY_TABLES_H

#include <stddef.h>
#include <stdint.h>

struct unicode_property {
	const char *name;  /* small letters and digits only */
	uint16_t start, n; /* of its ranges */
};

extern const struct unicode_property unicode_property[];
extern const size_t unicode_property_n;
/* {first, last}, ascending within a property. */
extern const uint32_t unicode_range[];

#endif
