/* The text of a rendering: what is as it was is counted, not copied. */
#include <string.h>

#include "common/template/passes_run.h"

void passes_text_catch_up(struct passes_run *r)
{
	struct passes *p = r->p;
	struct buf *out = r->e->out;
	struct slice fresh = slice_from(buf_slice(out), r->e->start);
	if (p->apart || fresh.n > p->old.n - p->same ||
	    (fresh.n > 0 && memcmp(fresh.p, p->old.p + p->same, fresh.n) != 0))
		return;
	p->same += fresh.n;
	out->end = out->start + r->e->start;
}

/* From here on all of the new text is in the output. */
static void part(struct passes_run *r)
{
	struct passes *p = r->p;
	struct buf *out = r->e->out;
	size_t fresh = buf_len(out) - r->e->start;
	if (p->apart)
		return;
	p->apart = true;
	if (p->same == 0)
		return;
	buf_reserve(out, p->same);
	char *at = out->p + out->start + r->e->start;
	memmove(at + p->same, at, fresh);
	memcpy(at, p->old.p, p->same);
	out->end += p->same;
	p->same = 0;
}

size_t passes_text_so_far(const struct passes_run *r)
{
	return r->p->same + buf_len(r->e->out) - r->e->start;
}

bool passes_text_is_old(const struct passes_run *r)
{
	return !r->p->apart && r->p->same == r->from &&
	       buf_len(r->e->out) == r->e->start;
}

void passes_text_take_over(struct passes_run *r, size_t to)
{
	if (passes_text_is_old(r)) {
		r->p->same = to;
	} else {
		part(r);
		eval_put(r->e, r->e->out,
			 (struct slice){r->p->old.p + r->from, to - r->from});
	}
	r->from = to;
}
