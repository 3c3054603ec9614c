/* Finding a text in a text, in work that is counted: no needle makes it
 * slower than what it takes from `*steps`. Pure; any thread. */
#ifndef COMMON_TEMPLATE_SEARCH_H
#define COMMON_TEMPLATE_SEARCH_H

#include <stdint.h>

#include "common/base/slice.h"

/* Where `what` is in `in`, first or last; NULL if nowhere, and where the
 * steps have run out: `*steps` is 0 then. */
const char *search_first(struct slice in, struct slice what, uint64_t *steps);
const char *search_last(struct slice in, struct slice what, uint64_t *steps);

#endif
