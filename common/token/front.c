/* Which start of a normal form comes from the text's first character.
 *
 * The reference keeps for each character the place that it comes from in
 * the original text, and one pre-tokenizer asks for it: Metaspace, where it
 * puts a blank before the first piece only. Only the place 0 matters. */
#include "common/token/normalize.h"
#include "common/token/utf8.h"

static size_t count(struct slice text)
{
	size_t n = 0, len;

	for (size_t at = 0; at < text.n; at += len, n++)
		(void)utf8_get(text.p + at, &len);
	return n;
}

/* Bytes of the first `n` characters. */
static size_t length_of(struct slice text, size_t n)
{
	size_t at = 0, len;

	for (; n > 0 && at < text.n; at += len, n--)
		(void)utf8_get(text.p + at, &len);
	return at;
}

/* What is put in comes from the last character that it replaces. */
static size_t behind_replace(const struct normalize_step *step,
			     struct slice text, size_t front)
{
	struct slice from = buf_slice(&step->from);
	size_t at = 0, made = 0;

	while (at < front) {
		if (!slice_starts(slice_from(text, at), from)) {
			at++;
			made++;
			continue;
		}
		at += from.n;
		if (at > front)
			break;
		made += buf_len(&step->to);
	}
	return made;
}

size_t front_behind(const struct normalize_step *step, struct slice text,
		    struct slice made, size_t front)
{
	struct slice part = {text.p, front};
	struct buf room;
	size_t n;

	if (front == 0)
		return 0;
	if (step->kind == NORMALIZE_REPLACE)
		return behind_replace(step, text, front);
	if (step->kind == NORMALIZE_STRIP_RIGHT)
		return front < made.n ? front : made.n;
	/* The other steps take character by character; only the last one may
	 * have been joined with those behind it. */
	buf_init(&room);
	n = count(normalize_step(step, part, &room));
	buf_fini(&room);
	return length_of(made, n);
}
