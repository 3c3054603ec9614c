/* Where the characters of a text lie. Of a long one that is asked again it
 * is remembered how many it has and where the last one asked for was. */
#include "common/template/eval.h"
#include "common/template/unicode.h"

#define LONG_BYTES  64
#define PLACE_BYTES 144 /* walked over by words, a step */

static struct text_place *find(struct eval *e, struct slice s)
{
	struct text_place *p = &e->place;
	if (p->text.p == s.p && p->text.n == s.n)
		return p;
	*p = (struct text_place){.text = s};
	if (!eval_step(e, s.n / PLACE_BYTES))
		return p;
	p->length = text_length(s);
	return p;
}

size_t eval_text_length(struct eval *e, struct slice s)
{
	return s.n < LONG_BYTES ? text_length(s) : find(e, s)->length;
}

size_t eval_text_offset(struct eval *e, struct slice s, size_t index)
{
	if (s.n < LONG_BYTES)
		return text_offset(s, index);
	struct text_place *p = find(e, s);
	if (index >= p->length)
		return s.n;
	if (p->length == s.n)
		return index;
	if (index < p->index)
		p->index = p->offset = 0;
	struct slice rest = slice_from(s, p->offset);
	size_t n = text_offset(rest, index - p->index);
	eval_step(e, n / PLACE_BYTES);
	p->index = index;
	p->offset += n;
	return p->offset;
}
