/* Splitting and replacing, for filters and for the methods of strings. */
#ifndef COMMON_TEMPLATE_TEXT_H
#define COMMON_TEMPLATE_TEXT_H

#include "common/template/eval.h"

/* Appends to the scratch; all if `count` is below 0. */
void text_replace(struct eval *e, struct slice s, struct slice old,
		  struct slice with, int64_t count);
/* `by` NULL: runs of white space. At most `max` cuts; all if below 0. */
struct value text_split(struct eval *e, struct value of, const struct value *by,
			int64_t max, bool from_right);
struct value text_splitlines(struct eval *e, struct value of, bool keep);

#endif
