/* What the evaluator says while a rendering is watched. */
#include <string.h>

#include "common/template/eval.h"

void outline_touch(struct eval *e)
{
	if (e->outlining)
		e->outlining->touched = true;
}

static bool same_question(const struct outline_question *a,
			  const struct outline_question *b)
{
	return a->told == b->told && a->ask == b->ask &&
	       slice_equal(a->with, b->with);
}

void outline_ask(struct eval *e, uint16_t told, enum outline_ask ask,
		 struct slice with, bool yes)
{
	struct outlining *o = e->outlining;
	struct outline_question q = {told, (uint8_t)ask, yes, with};
	for (size_t i = 0; i < o->n_questions; i++)
		if (same_question(&o->question[i], &q))
			return;
	if (o->n_questions == OUTLINE_QUESTIONS)
		outline_touch(e);
	else
		o->question[o->n_questions++] = q;
}

void outline_put(struct eval *e, struct value v)
{
	struct outlining *o = e->outlining;
	if (!told_is_text(v) || o->n_holes == OUTLINE_HOLES) {
		outline_touch(e);
		return;
	}
	o->hole[o->n_holes++] = (struct outline_hole){
		.told = v.told,
		.at = (uint32_t)(buf_len(e->out) - e->start),
		.n = v.n,
	};
}

/* A text by itself stays one; anything else that has one in it is a text
 * which nobody knows. */
uint16_t outline_capture(struct eval *e, size_t mark, size_t n)
{
	struct outlining *o = e->outlining;
	const struct outline_hole *hole = &o->hole[n];
	if (o->n_holes == n)
		return 0;
	if (o->n_holes > n + 1 || hole->n != buf_len(e->out) - mark)
		outline_touch(e);
	o->n_holes = n;
	return hole->told;
}

/* Whether a format names nothing that changes within a day. */
static bool names_days(struct slice format)
{
	static const char days[] = "aAbBdejmuwyY%";
	for (size_t i = 0; i < format.n; i++) {
		if (format.p[i] != '%')
			continue;
		i += i + 1 < format.n && format.p[i + 1] == '-';
		if (++i >= format.n || !memchr(days, format.p[i], strlen(days)))
			return false;
	}
	return true;
}

void outline_date(struct eval *e, struct slice format)
{
	struct outlining *o = e->outlining;
	if (!o)
		return;
	o->dated = true;
	if (!names_days(format))
		outline_touch(e);
}
