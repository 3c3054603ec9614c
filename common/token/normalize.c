#include "common/token/normalize.h"

#include <string.h>

#include "common/token/form.h"

void normalizer_init(struct normalizer *z)
{
	*z = (struct normalizer){0};
}

void normalizer_fini(struct normalizer *z)
{
	for (size_t i = 0; i < z->n; i++) {
		buf_fini(&z->step[i].from);
		buf_fini(&z->step[i].to);
	}
	*z = (struct normalizer){0};
}

enum status normalizer_add(struct normalizer *z, enum normalize_kind kind,
			   struct slice from, struct slice to)
{
	struct normalize_step *step = &z->step[z->n];

	if (z->n == NORMALIZE_MAX_STEPS)
		return ERR_LIMIT;
	step->kind = kind;
	buf_init(&step->from);
	buf_init(&step->to);
	buf_append(&step->from, from);
	buf_append(&step->to, to);
	z->n++;
	return OK;
}

static bool contains(struct slice text, struct slice s)
{
	return s.n > 0 && text.n > 0 && memmem(text.p, text.n, s.p, s.n);
}

bool normalizer_removes_blanks(const struct normalizer *z)
{
	bool removed = false;

	/* NFC makes no blank of anything else. */
	for (size_t i = 0; i < z->n; i++) {
		const struct normalize_step *step = &z->step[i];

		if (contains(buf_slice(&step->to), SLICE(" ")))
			removed = false;
		else if (step->kind == NORMALIZE_REPLACE &&
			 slice_equal(buf_slice(&step->from), SLICE(" ")))
			removed = true;
	}
	return removed;
}

void normalize_room_init(struct normalize_room *r)
{
	buf_init(&r->a);
	buf_init(&r->b);
}

void normalize_room_fini(struct normalize_room *r)
{
	buf_fini(&r->a);
	buf_fini(&r->b);
}

static void replace(struct slice text, struct slice from, struct slice to,
		    struct buf *out)
{
	const char *at;

	while (text.n > 0 && (at = memmem(text.p, text.n, from.p, from.n))) {
		size_t before = (size_t)(at - text.p);

		buf_append(out, (struct slice){text.p, before});
		buf_append(out, to);
		text = slice_from(text, before + from.n);
	}
	buf_append(out, text);
}

static bool changes(const struct normalize_step *step, struct slice text)
{
	switch (step->kind) {
	case NORMALIZE_NFC: return !form_quick(FORM_NFC, text);
	case NORMALIZE_PREPEND: return text.n > 0;
	case NORMALIZE_REPLACE: return contains(text, buf_slice(&step->from));
	}
	return false;
}

static void apply(const struct normalize_step *step, struct slice text,
		  struct buf *out)
{
	buf_reset(out, SIZE_MAX);
	switch (step->kind) {
	case NORMALIZE_NFC: form_append(FORM_NFC, text, out); break;
	case NORMALIZE_PREPEND:
		buf_append(out, buf_slice(&step->to));
		buf_append(out, text);
		break;
	case NORMALIZE_REPLACE:
		replace(text, buf_slice(&step->from), buf_slice(&step->to),
			out);
		break;
	}
}

struct slice normalize(const struct normalizer *z, struct slice text,
		       struct normalize_room *r)
{
	struct buf *to = &r->a;

	for (size_t i = 0; i < z->n; i++) {
		if (!changes(&z->step[i], text))
			continue;
		apply(&z->step[i], text, to);
		text = buf_slice(to);
		to = to == &r->a ? &r->b : &r->a;
	}
	return text;
}
