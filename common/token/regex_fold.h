/* What is the same where a pattern ignores case: Oniguruma's idea of it.
 * Pure; any thread. */
#ifndef COMMON_TOKEN_REGEX_FOLD_H
#define COMMON_TOKEN_REGEX_FOLD_H

#include "common/token/regex_set.h"

/* Adds to a sorted set all that is the same as a member; sorts it. */
void regex_fold_set(struct regex_set *s);
/* The set of what is the same as `c`, itself among it; sorted. */
void regex_fold_char(uint32_t c, struct regex_set *out);
/* Has the set a member that alone is the same as several characters, as
 * U+00DF is the same as "ss"? */
bool regex_fold_is_long(const struct regex_set *s);
/* Do some of such several characters begin with the same as these two? */
bool regex_fold_joins(uint32_t first, uint32_t second);

#endif
