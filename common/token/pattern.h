/* From the text of a pre-tokenizer's pattern to the scanner that does it.
 * Pure; any thread. */
#ifndef COMMON_TOKEN_PATTERN_H
#define COMMON_TOKEN_PATTERN_H

#include "common/base/slice.h"
#include "common/token/scan.h"

/* NULL if no scanner does this pattern. */
scan_fn *pattern_scanner(struct slice pattern);

/* The table of patterns; NULL behind the last. Line ends are escaped. */
const char *pattern_known(size_t i, scan_fn **scan);

#endif
