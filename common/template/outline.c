#include "common/template/outline.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/base/ref.h"
#include "common/template/unicode.h"

struct outline {
	struct ref ref;
	size_t bytes;
	bool dated;
	int year, day;
	uint32_t n_holes, n_questions;
	struct outline_hole *hole;         /* all three in `block` */
	struct outline_question *question; /* `with` too */
	struct slice text;                 /* but for the holes */
	char block[];
};

/* --- messages --------------------------------------------------------- */

static bool is_text_part(struct value v, const char *name, struct value **text)
{
	if (v.type != VALUE_DICT || v.dict->n != 2 ||
	    !value_is(v.dict->entry[0].key, name) ||
	    v.dict->entry[0].value.type != VALUE_STRING)
		return false;
	*text = &v.dict->entry[1].value;
	return true;
}

/* Where the text of a plain message stands, or NULL. */
static struct value *text_of(struct value message)
{
	struct value *content, *text;
	if (!is_text_part(message, "role", &content) ||
	    !value_is(message.dict->entry[1].key, "content"))
		return NULL;
	if (content->type == VALUE_STRING)
		return content->markup ? NULL : content;
	if (content->type != VALUE_LIST || content->n != 1 ||
	    !is_text_part(content->item[0], "type", &text) ||
	    !value_is(content->item[0].dict->entry[0].value, "text") ||
	    !value_is(content->item[0].dict->entry[1].key, "text") ||
	    text->type != VALUE_STRING || text->markup)
		return NULL;
	return text;
}

bool outline_text(struct value message, struct slice *role, struct slice *text)
{
	const struct value *v = text_of(message);
	if (!v)
		return false;
	*role = value_slice(message.dict->entry[0].value);
	*text = value_slice(*v);
	return true;
}

/* A dict of two entries, of its own. */
static struct value copy_pair(struct value v, struct arena *arena)
{
	struct dict *d = arena_alloc(arena, sizeof(*d));
	*d = *v.dict;
	d->entry = arena_array(arena, 2, sizeof(*d->entry));
	memcpy(d->entry, v.dict->entry, 2 * sizeof(*d->entry));
	d->room = 2;
	d->arena = arena;
	v.dict = d;
	v.told = TOLD_HOLDS;
	return v;
}

static struct value mark(struct value message, size_t i, struct arena *arena)
{
	struct value *content, *part;
	message = copy_pair(message, arena);
	content = &message.dict->entry[1].value;
	if (content->type == VALUE_STRING) {
		content->told = told_text(i);
		return message;
	}
	part = arena_array(arena, 1, sizeof(*part));
	*part = copy_pair(content->item[0], arena);
	part->dict->entry[1].value.told = told_text(i);
	content->item = part;
	content->told = TOLD_HOLDS;
	return message;
}

struct value outline_mark(struct outlining *o, const struct value *message,
			  size_t n, struct arena *arena)
{
	struct value *item = arena_array(arena, n + 1, sizeof(*item)), list;
	o->begun = n <= OUTLINE_MESSAGES;
	o->touched = o->dated = false;
	o->n_holes = o->n_questions = 0;
	for (size_t i = 0; i < n; i++)
		item[i] = o->begun && text_of(message[i])
				  ? mark(message[i], i, arena)
				  : message[i];
	list = value_items(VALUE_LIST, item, n);
	list.told = o->begun ? TOLD_HOLDS : 0;
	return list;
}

/* --- made ------------------------------------------------------------- */

static size_t room_of(const struct outlining *o, size_t text)
{
	size_t n = o->n_holes * sizeof(*o->hole) +
		   o->n_questions * sizeof(*o->question);
	for (size_t i = 0; i < o->n_questions; i++)
		n += o->question[i].with.n;
	return n + text;
}

static char *put(char *to, struct slice s)
{
	if (s.n > 0)
		memcpy(to, s.p, s.n);
	return to + s.n;
}

/* The text but for the holes, which are told where in it they are. */
static char *put_text(struct outline *o, char *to, struct slice text)
{
	size_t at = 0, holes = 0;
	o->text.p = to;
	for (size_t i = 0; i < o->n_holes; i++) {
		struct outline_hole *hole = &o->hole[i];
		size_t from = hole->at;
		to = put(to, (struct slice){text.p + at, from - at});
		at = from + hole->n;
		hole->at = (uint32_t)(from - holes);
		holes += hole->n;
	}
	to = put(to, slice_from(text, at));
	o->text.n = (size_t)(to - o->text.p);
	return to;
}

struct outline *outline_create(const struct outlining *from, struct slice text,
			       const struct tm *now)
{
	size_t filled = 0, room;
	if (!from->begun || from->touched)
		return NULL;
	for (size_t i = 0; i < from->n_holes; i++)
		filled += from->hole[i].n;
	room = room_of(from, text.n - filled);
	if (room > OUTLINE_MAX_BYTES)
		return NULL;
	struct outline *o = mem_alloc(sizeof(*o) + room);
	*o = (struct outline){
		.bytes = sizeof(*o) + room,
		.dated = from->dated,
		.year = now ? now->tm_year : 0,
		.day = now ? now->tm_yday : 0,
		.n_holes = (uint32_t)from->n_holes,
		.n_questions = (uint32_t)from->n_questions,
	};
	ref_init(&o->ref);
	/* Questions first: they have pointers, and want their alignment. */
	char *at = o->block;
	o->question = (void *)at;
	at = put(at,
		 (struct slice){(const char *)from->question,
				from->n_questions * sizeof(*from->question)});
	o->hole = (void *)at;
	at = put(at, (struct slice){(const char *)from->hole,
				    from->n_holes * sizeof(*from->hole)});
	at = put_text(o, at, text);
	for (size_t i = 0; i < o->n_questions; i++) {
		struct outline_question *q = &o->question[i];
		char *with = at;
		at = put(at, q->with);
		q->with.p = with;
	}
	return o;
}

struct outline *outline_ref(struct outline *o)
{
	ref_hold(&o->ref);
	return o;
}

void outline_unref(struct outline **o)
{
	struct outline *old = *o;
	*o = NULL;
	if (old && ref_drop(&old->ref))
		mem_free(old);
}

size_t outline_bytes(const struct outline *o)
{
	return o->bytes;
}

/* --- filled ----------------------------------------------------------- */

static struct slice told_of(uint16_t told, const struct slice *text)
{
	struct slice s = text[(told - told_text(0)) / 2];
	return told & 1 ? text_strip(s, NULL, true, true) : s;
}

static bool has(struct slice s, struct slice part)
{
	return part.n == 0 ||
	       (s.n >= part.n && memmem(s.p, s.n, part.p, part.n));
}

static bool answer(const struct outline_question *q, struct slice s)
{
	switch ((enum outline_ask)q->ask) {
	case OUTLINE_ANY: return s.n > 0;
	case OUTLINE_EQUALS: return slice_equal(s, q->with);
	case OUTLINE_HAS: return has(s, q->with);
	case OUTLINE_STARTS: return slice_starts(s, q->with);
	case OUTLINE_ENDS: return slice_ends(s, q->with);
	}
	return !q->yes;
}

static bool holds(const struct outline *o, const struct slice *text,
		  const struct tm *now)
{
	if (o->dated &&
	    (!now || now->tm_year != o->year || now->tm_yday != o->day))
		return false;
	for (size_t i = 0; i < o->n_questions; i++) {
		const struct outline_question *q = &o->question[i];
		if (answer(q, told_of(q->told, text)) != q->yes)
			return false;
	}
	return true;
}

/* While all is as it was, nothing is put. */
static void fill(struct slice s, struct slice old, struct buf *out,
		 size_t *same, bool *apart)
{
	if (!*apart) {
		*apart = s.n > old.n - *same ||
			 (s.n > 0 && memcmp(s.p, old.p + *same, s.n) != 0);
		if (!*apart)
			*same += s.n;
	}
	if (*apart)
		buf_append(out, s);
}

bool outline_fill(const struct outline *o, const struct slice *text,
		  const struct tm *now, size_t max_bytes, struct slice old,
		  struct buf *out, size_t *same)
{
	size_t at = 0, n = o->text.n;
	bool apart = false;
	if (!holds(o, text, now))
		return false;
	for (size_t i = 0; i < o->n_holes; i++)
		n += told_of(o->hole[i].told, text).n;
	if (n > max_bytes)
		return false;
	*same = 0;
	for (size_t i = 0; i < o->n_holes; i++) {
		const struct outline_hole *hole = &o->hole[i];
		fill((struct slice){o->text.p + at, hole->at - at}, old, out,
		     same, &apart);
		fill(told_of(hole->told, text), old, out, same, &apart);
		at = hole->at;
	}
	fill(slice_from(o->text, at), old, out, same, &apart);
	return true;
}
