#include "common/token/normalize.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/token/alphabet.h"
#include "common/token/edit.h"
#include "common/token/form.h"
#include "common/token/replace.h"
#include "common/token/utf8.h"

void normalizer_init(struct normalizer *z)
{
	*z = (struct normalizer){0};
}

void normalizer_fini(struct normalizer *z)
{
	for (size_t i = 0; i < z->n; i++) {
		buf_fini(&z->step[i].from);
		buf_fini(&z->step[i].to);
		if (z->step[i].map)
			charsmap_fini(z->step[i].map);
		mem_free(z->step[i].map);
		regex_destroy(&z->step[i].regex);
	}
	*z = (struct normalizer){0};
}

enum status normalizer_add(struct normalizer *z, enum normalize_kind kind,
			   struct slice from, struct slice to)
{
	struct normalize_step *step = &z->step[z->n];

	if (z->n == NORMALIZE_MAX_STEPS || from.n > NORMALIZE_MAX_TEXT ||
	    to.n > NORMALIZE_MAX_TEXT)
		return ERR_LIMIT;
	*step = (struct normalize_step){.kind = kind};
	buf_init(&step->from);
	buf_init(&step->to);
	buf_append(&step->from, from);
	buf_append(&step->to, to);
	z->n++;
	return OK;
}

enum status normalizer_add_map(struct normalizer *z, struct charsmap *map)
{
	enum status status = normalizer_add(z, NORMALIZE_CHARSMAP, SLICE(""),
					    SLICE(""));

	if (status == OK) {
		z->step[z->n - 1].map = map;
		return OK;
	}
	charsmap_fini(map);
	mem_free(map);
	return status;
}

enum status normalizer_add_regex(struct normalizer *z, struct regex *re,
				 struct slice to)
{
	enum status status = normalizer_add(z, NORMALIZE_REPLACE_REGEX,
					    SLICE(""), to);

	if (status == OK)
		z->step[z->n - 1].regex = re;
	else
		regex_destroy(&re);
	return status;
}

size_t normalizer_bytes(const struct normalizer *z)
{
	size_t n = 0;

	for (size_t i = 0; i < z->n; i++)
		if (z->step[i].map)
			n += charsmap_bytes(z->step[i].map);
		else if (z->step[i].regex)
			n += regex_bytes(z->step[i].regex);
	return n;
}

static bool contains(struct slice text, struct slice s)
{
	return s.n > 0 && text.n > 0 && memmem(text.p, text.n, s.p, s.n);
}

/* Kinds that make no blank of anything else. */
static bool makes_no_blank(enum normalize_kind kind)
{
	switch (kind) {
	case NORMALIZE_NFC:
	case NORMALIZE_NFD:
	case NORMALIZE_LOWER:
	case NORMALIZE_BERT_ACCENTS:
	case NORMALIZE_ACCENTS:
	case NORMALIZE_STRIP_LEFT:
	case NORMALIZE_STRIP_RIGHT:
	case NORMALIZE_BYTES:
	case NORMALIZE_PREPEND:
	case NORMALIZE_REPLACE:
	case NORMALIZE_REPLACE_REGEX: return true;
	default: return false;
	}
}

bool normalizer_removes_blanks(const struct normalizer *z)
{
	bool removed = false;

	for (size_t i = 0; i < z->n; i++) {
		const struct normalize_step *step = &z->step[i];

		if (!makes_no_blank(step->kind) ||
		    contains(buf_slice(&step->to), SLICE(" ")))
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
	r->regex = (struct regex_room){0};
}

void normalize_room_fini(struct normalize_room *r)
{
	buf_fini(&r->a);
	buf_fini(&r->b);
	regex_room_fini(&r->regex);
}

typedef struct slice step_fn(const struct normalize_step *step,
			     struct slice text, struct buf *out);

static step_fn to_form, edit, strip, to_bytes, prepend, replace, map;

static const struct {
	step_fn *apply;
	enum form form;
	enum edit edit;
} row[] = {
	[NORMALIZE_NFC] = {to_form, .form = FORM_NFC},
	[NORMALIZE_NFD] = {to_form, .form = FORM_NFD},
	[NORMALIZE_NFKC] = {to_form, .form = FORM_NFKC},
	[NORMALIZE_NFKD] = {to_form, .form = FORM_NFKD},
	[NORMALIZE_LOWER] = {edit, .edit = EDIT_LOWER},
	[NORMALIZE_BERT_CLEAN] = {edit, .edit = EDIT_BERT_CLEAN},
	[NORMALIZE_BERT_CHINESE] = {edit, .edit = EDIT_BERT_CHINESE},
	[NORMALIZE_BERT_ACCENTS] = {edit, .edit = EDIT_BERT_ACCENTS},
	[NORMALIZE_ACCENTS] = {edit, .edit = EDIT_ACCENTS},
	[NORMALIZE_NMT] = {edit, .edit = EDIT_NMT},
	[NORMALIZE_STRIP_LEFT] = {strip},
	[NORMALIZE_STRIP_RIGHT] = {strip},
	[NORMALIZE_BYTES] = {to_bytes},
	[NORMALIZE_PREPEND] = {prepend},
	[NORMALIZE_REPLACE] = {replace},
	[NORMALIZE_CHARSMAP] = {map},
};

static struct slice to_form(const struct normalize_step *step,
			    struct slice text, struct buf *out)
{
	enum form form = row[step->kind].form;

	if (form_quick(form, text))
		return text;
	form_append(form, text, out);
	return buf_slice(out);
}

static struct slice edit(const struct normalize_step *step, struct slice text,
			 struct buf *out)
{
	enum edit how = row[step->kind].edit;

	if (edit_quick(how, text))
		return text;
	edit_append(how, text, out);
	return buf_slice(out);
}

static struct slice strip(const struct normalize_step *step, struct slice text,
			  struct buf *out)
{
	(void)out;
	return edit_strip(text, step->kind == NORMALIZE_STRIP_LEFT,
			  step->kind == NORMALIZE_STRIP_RIGHT);
}

static struct slice to_bytes(const struct normalize_step *step,
			     struct slice text, struct buf *out)
{
	(void)step;
	alphabet_append(text, out);
	return buf_slice(out);
}

static struct slice prepend(const struct normalize_step *step,
			    struct slice text, struct buf *out)
{
	buf_append(out, buf_slice(&step->to));
	buf_append(out, text);
	return buf_slice(out);
}

static struct slice replace(const struct normalize_step *step,
			    struct slice text, struct buf *out)
{
	struct slice from = buf_slice(&step->from);
	const char *at = memmem(text.p, text.n, from.p, from.n);

	if (at == NULL)
		return text;
	/* What is too long is given up by the caller. */
	while (at != NULL && buf_len(out) <= NORMALIZE_MAX_BYTES) {
		size_t before = (size_t)(at - text.p);

		buf_append(out, (struct slice){text.p, before});
		buf_append(out, buf_slice(&step->to));
		text = slice_from(text, before + from.n);
		at = text.n ? memmem(text.p, text.n, from.p, from.n) : NULL;
	}
	buf_append(out, text);
	return buf_slice(out);
}

static struct slice map(const struct normalize_step *step, struct slice text,
			struct buf *out)
{
	return charsmap_append(step->map, text, out) ? buf_slice(out) : text;
}

struct slice normalize_step(const struct normalize_step *step,
			    struct slice text, struct buf *out)
{
	buf_reset(out, SIZE_MAX);
	return row[step->kind].apply(step, text, out);
}

/* The one kind that may give up. */
static enum status replace_regex(const struct normalize_step *step,
				 struct slice text, struct normalize_room *r,
				 struct buf *out, struct slice *made)
{
	struct replace replace = {
		.re = step->regex,
		.to = buf_slice(&step->to),
		.room = &r->regex,
	};

	buf_reset(out, SIZE_MAX);
	return replace_all(&replace, text, NORMALIZE_MAX_BYTES, out, made);
}

static enum status apply(const struct normalize_step *step, struct slice text,
			 struct normalize_room *r, struct buf *out,
			 struct slice *made)
{
	if (step->regex)
		return replace_regex(step, text, r, out, made);
	*made = normalize_step(step, text, out);
	return made->n > NORMALIZE_MAX_BYTES ? ERR_LIMIT : OK;
}

static size_t first_length(struct slice text)
{
	size_t len = 0;

	if (text.n > 0)
		(void)utf8_get(text.p, &len);
	return len;
}

enum status normalize(const struct normalizer *z, struct slice text,
		      struct normalize_room *r, struct slice *out)
{
	struct buf *to = &r->a;
	enum status status;

	r->front = first_length(text);
	for (size_t i = 0; i < z->n && text.n > 0; i++) {
		const struct normalize_step *step = &z->step[i];
		struct slice made;

		status = apply(step, text, r, to, &made);
		if (status != OK)
			return status;
		if (z->keeps_front)
			r->front = front_behind(step, text, made, r->front,
						&r->regex);
		if (made.p == to->p)
			to = to == &r->a ? &r->b : &r->a;
		text = made;
	}
	*out = text;
	return OK;
}
