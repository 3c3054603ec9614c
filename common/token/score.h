/* Scores of a vocabulary, from the text of a JSON number.
 *
 * Two paths through a text may differ by less than a rounding, so a score
 * must be rounded as the reference's JSON reader does it: up to 19 digits
 * as a whole number, then one division or multiplication by a power of
 * ten. That is not always the nearest double. Pure; any thread. */
#ifndef COMMON_TOKEN_SCORE_H
#define COMMON_TOKEN_SCORE_H

#include "common/base/slice.h"

/* `raw` is a number by JSON's grammar. ERR_LIMIT if it is too large. */
MUST_USE enum status score_parse(struct slice raw, double *out);

#endif
