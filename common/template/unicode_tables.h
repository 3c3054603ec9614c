/* Generated tables; sorted by the first number of each row. */
#ifndef COMMON_TEMPLATE_UNICODE_TABLES_H
#define COMMON_TEMPLATE_UNICODE_TABLES_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"

extern const uint32_t text_unprintable[][2]; /* first, last */
extern const size_t text_n_unprintable;
/* A code point and its upper case, ended by 0. */
extern const uint16_t text_long_upper[][4];
extern const size_t text_n_long_upper;

#endif
