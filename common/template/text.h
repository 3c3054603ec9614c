/* Splitting and replacing, for filters and for the methods of strings. */
#ifndef COMMON_TEMPLATE_TEXT_H
#define COMMON_TEMPLATE_TEXT_H

#include "common/template/eval.h"
#include "common/template/unicode.h"

/* A text, one character after another, charged on the way. All zero but
 * for the first three. */
struct text_walk {
	struct eval *e;
	const char *p, *end;
	uint32_t unpaid;
};

bool text_walk_pay(struct text_walk *w);

/* False at the end, and once the steps have run out. */
static inline bool text_walk(struct text_walk *w, uint32_t *c)
{
	if (w->p == w->end) {
		text_walk_pay(w);
		return false;
	}
	/* What is not ASCII is looked up in tables. */
	w->unpaid += (unsigned char)*w->p < 0x80 ? 2 : 16;
	if (w->unpaid >= 1024 && !text_walk_pay(w))
		return false;
	*c = text_next(&w->p, w->end);
	return true;
}

/* text_strip(), charged for what is taken off. */
struct slice text_strip_some(struct eval *e, struct slice s,
			     const struct slice *set, bool left, bool right);

/* Appends to the scratch; all if `count` is below 0. */
void text_replace(struct eval *e, struct slice s, struct slice old,
		  struct slice with, int64_t count);
/* `by` NULL: runs of white space. At most `max` cuts; all if below 0. */
struct value text_split(struct eval *e, struct value of, const struct value *by,
			int64_t max, bool from_right);
struct value text_splitlines(struct eval *e, struct value of, bool keep);

#endif
