/* Which start of a normal form comes from the text's first character.
 *
 * The reference keeps for each character the place that it comes from in
 * the original text, and one pre-tokenizer asks for it: Metaspace, where it
 * puts a blank before the first piece only. Only the place 0 matters. */
#include "common/token/normalize.h"
#include "common/token/replace.h"
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

/* The reference tells its tables of places only how many characters each
 * replacement takes, and of a replacement by nothing at the start not even
 * that: what follows then stands one place too early. Done over again. */
struct places {
	struct slice text;
	size_t at;    /* place of the next character */
	size_t front; /* characters before here count */
	size_t made;
	bool over;
	size_t held; /* bytes of the last character, or 0 */
	long change; /* 1: put in; -n: stands for n more than itself */
};

static void skip(struct places *p, long n)
{
	size_t len;

	for (; n > 0 && p->at < p->text.n; n--) {
		(void)utf8_get(p->text.p + p->at, &len);
		p->at += len;
	}
}

/* What follows can no longer change the last character. */
static void settle(struct places *p)
{
	size_t place = p->change > 0 && p->at > 0 ? p->at - 1 : p->at;

	if (p->held == 0 || p->over)
		return;
	if (place >= p->front) {
		p->over = true;
		return;
	}
	p->made += p->held;
	if (p->change <= 0)
		skip(p, 1 - p->change);
	p->held = 0;
}

static void place(struct places *p, const struct charsmap_part *part)
{
	long old = (long)count(part->from), i = 0;
	size_t len;

	for (size_t at = 0; at < part->to.n; at += len, i++) {
		(void)utf8_get(part->to.p + at, &len);
		settle(p);
		p->held = len;
		p->change = i >= old;
	}
	if (i < old && p->held > 0)
		p->change -= old - i;
}

static size_t behind_charsmap(const struct normalize_step *step,
			      struct slice text, size_t front)
{
	struct charsmap_walk walk = {step->map, text};
	struct places places = {.text = text, .front = front};
	struct charsmap_part part;

	while (!places.over && charsmap_next(&walk, &part))
		place(&places, &part);
	settle(&places);
	return places.made;
}

static size_t behind_regex(const struct normalize_step *step, struct slice text,
			   size_t front, struct regex_room *room)
{
	struct replace replace = {step->regex, buf_slice(&step->to), room};

	return replace_front(&replace, text, front);
}

size_t front_behind(const struct normalize_step *step, struct slice text,
		    struct slice made, size_t front, struct regex_room *room)
{
	struct slice part = {text.p, front};
	struct buf kept;
	size_t n;

	if (front == 0)
		return 0;
	if (step->kind == NORMALIZE_REPLACE)
		return behind_replace(step, text, front);
	if (step->kind == NORMALIZE_REPLACE_REGEX)
		return behind_regex(step, text, front, room);
	if (step->kind == NORMALIZE_CHARSMAP)
		return behind_charsmap(step, text, front);
	if (step->kind == NORMALIZE_STRIP_RIGHT)
		return front < made.n ? front : made.n;
	/* The other steps take character by character; only the last one may
	 * have been joined with those behind it. */
	buf_init(&kept);
	n = count(normalize_step(step, part, &kept));
	buf_fini(&kept);
	return length_of(made, n);
}
