/* JSON as values, as Python's json.loads() gives them: a repeated name
 * keeps its first place and its last value, ints have any size. */
#ifndef COMMON_TEMPLATE_FROM_JSON_H
#define COMMON_TEMPLATE_FROM_JSON_H

#include "common/template/value.h"

/* ERR_INVALID, or ERR_LIMIT beyond max_depth or the arena's max_bytes: a
 * value takes up to fifty times its text. Strings may point into `text`,
 * which is to outlive the value. */
MUST_USE enum status value_from_json(struct slice text, unsigned max_depth,
				     struct arena *arena, struct value *out);

#endif
