/* Splitting and replacing, as str.split() and str.replace() do. */
#include "common/template/text.h"

#include <string.h>

#include "common/template/search.h"

bool text_walk_pay(struct text_walk *w)
{
	uint32_t n = w->unpaid / EVAL_WALK_BYTES;
	w->unpaid = 0;
	return eval_step(w->e, n);
}

/* A set of characters to strip: those of ASCII by a look at a bit. */
struct strip_set {
	uint64_t ascii[2];
	struct slice all;
};

static struct strip_set set_of(struct eval *e, struct slice all)
{
	struct strip_set set = {.all = all};
	eval_step(e, all.n / EVAL_WALK_BYTES);
	for (size_t i = 0; i < all.n; i++) {
		unsigned char c = (unsigned char)all.p[i];
		if (c < 0x80)
			set.ascii[c / 64] |= UINT64_C(1) << c % 64;
	}
	return set;
}

static bool is_in_set(struct eval *e, const struct strip_set *set,
		      struct slice c)
{
	unsigned char first = (unsigned char)c.p[0];
	if (first < 0x80)
		return set->ascii[first / 64] & UINT64_C(1) << first % 64;
	return eval_find(e, set->all, c) != NULL;
}

static bool is_stripped(struct eval *e, const struct strip_set *set,
			struct slice c)
{
	const char *p = c.p;
	return set ? is_in_set(e, set, c)
		   : text_is_space(text_next(&p, p + c.n));
}

#define STRIPPED_AT_ONCE 512 /* characters, before they are paid */

struct slice text_strip_some(struct eval *e, struct slice s,
			     const struct slice *chars, bool left, bool right)
{
	struct strip_set set = {.all = {"", 0}};
	const struct strip_set *of = chars ? &set : NULL;
	size_t n = 0;
	if (chars)
		set = set_of(e, *chars);
	while (left && s.n > 0) {
		struct slice c = {s.p, text_offset(s, 1)};
		if (!is_stripped(e, of, c))
			break;
		s = slice_from(s, c.n);
		if (++n % STRIPPED_AT_ONCE == 0 &&
		    !eval_step(e, STRIPPED_AT_ONCE / 2))
			return s;
	}
	while (right && s.n > 0) {
		const char *p = text_previous(s.p, s.p + s.n);
		struct slice c = {p, (size_t)(s.p + s.n - p)};
		if (!is_stripped(e, of, c))
			break;
		s.n -= c.n;
		if (++n % STRIPPED_AT_ONCE == 0 &&
		    !eval_step(e, STRIPPED_AT_ONCE / 2))
			return s;
	}
	return s;
}

#define REPLACE_STEPS 2 /* of one place */

static void between_all(struct eval *e, struct slice s, struct slice with,
			int64_t count)
{
	while (!eval_failed(e)) {
		if (count != 0) {
			eval_put(e, &e->scratch, with);
			count--;
		}
		if (s.n == 0)
			return;
		size_t n = text_offset(s, 1);
		eval_put(e, &e->scratch, (struct slice){s.p, n});
		s = slice_from(s, n);
		eval_step(e, 1);
	}
}

void text_replace(struct eval *e, struct slice s, struct slice old,
		  struct slice with, int64_t count)
{
	if (old.n == 0) {
		between_all(e, s, with, count);
		return;
	}
	while (count != 0 && !eval_failed(e)) {
		const char *at = eval_find(e, s, old);
		if (!at)
			break;
		size_t n = (size_t)(at - s.p);
		eval_put(e, &e->scratch, (struct slice){s.p, n});
		eval_put(e, &e->scratch, with);
		s = slice_from(s, n + old.n);
		eval_step(e, REPLACE_STEPS);
		count--;
	}
	eval_put(e, &e->scratch, s);
}

struct parts {
	struct value *item;
	size_t n, room;
};

static bool push(struct eval *e, struct parts *p, struct slice s)
{
	if (p->n == p->room) {
		size_t room = p->room ? 2 * p->room : 8;
		struct value *item = eval_array(e, room);
		if (!item)
			return false;
		if (p->n > 0)
			memcpy(item, p->item, p->n * sizeof(*item));
		p->item = item;
		p->room = room;
	}
	p->item[p->n++] = value_string(s);
	return eval_step(e, 1);
}

static void split_space(struct eval *e, struct slice s, int64_t max,
			struct parts *out)
{
	while (!eval_failed(e)) {
		s = text_strip_some(e, s, NULL, true, false);
		if (s.n == 0)
			return;
		struct text_walk walk = {.e = e, .p = s.p, .end = s.p + s.n};
		const char *stop = max != 0 ? s.p : walk.end;
		uint32_t c;
		while (max != 0 && text_walk(&walk, &c) && !text_is_space(c))
			stop = walk.p;
		eval_step(e, walk.unpaid / EVAL_WALK_BYTES);
		if (!push(e, out, (struct slice){s.p, (size_t)(stop - s.p)}))
			return;
		s = slice_from(s, (size_t)(stop - s.p));
		max--;
	}
}

static void split_by(struct eval *e, struct slice s, struct slice by,
		     int64_t max, struct parts *out)
{
	const char *at;
	while (max-- != 0 && (at = eval_find(e, s, by)) != NULL) {
		size_t n = (size_t)(at - s.p);
		if (!push(e, out, (struct slice){s.p, n}))
			return;
		s = slice_from(s, n + by.n);
	}
	push(e, out, s);
}

static void reverse(struct parts *p)
{
	for (size_t i = 0; i < p->n / 2; i++) {
		struct value t = p->item[i];
		p->item[i] = p->item[p->n - 1 - i];
		p->item[p->n - 1 - i] = t;
	}
}

static void rsplit_by(struct eval *e, struct slice s, struct slice by,
		      int64_t max, struct parts *out)
{
	const char *at;
	while (max-- != 0 && (at = search_last(s, by, &e->steps)) != NULL) {
		size_t n = (size_t)(at - s.p);
		if (!push(e, out, slice_from(s, n + by.n)))
			return;
		s.n = n;
	}
	push(e, out, s);
	reverse(out);
}

struct value text_split(struct eval *e, struct value of, const struct value *by,
			int64_t max, bool from_right)
{
	struct parts parts = {0};
	struct slice s = value_slice(of);
	if (by && by->n == 0)
		return eval_error(e, "empty separator");
	if (!by && from_right && max >= 0)
		return eval_fail(e, ERR_UNSUPPORTED,
				 "rsplit by white space with a limit");
	if (!by)
		split_space(e, s, max, &parts);
	else if (from_right)
		rsplit_by(e, s, value_slice(*by), max, &parts);
	else
		split_by(e, s, value_slice(*by), max, &parts);
	eval_step(e, parts.n / EVAL_WALK_BYTES);
	for (size_t i = 0; i < parts.n; i++)
		parts.item[i].markup = of.markup;
	return value_items(VALUE_LIST, parts.item, parts.n);
}

struct value text_splitlines(struct eval *e, struct value of, bool keep)
{
	struct parts parts = {0};
	struct text_walk walk = {.e = e, .p = of.s, .end = of.s + of.n};
	const char *from = of.s, *stop = from, *end = walk.end;
	for (uint32_t c; text_walk(&walk, &c); stop = walk.p) {
		if (!((c >= 0x0a && c <= 0x0d) || (c >= 0x1c && c <= 0x1e) ||
		      c == 0x85 || c == 0x2028 || c == 0x2029))
			continue;
		if (c == '\r' && walk.p < end && *walk.p == '\n')
			walk.p++;
		push(e, &parts,
		     (struct slice){from,
				    (size_t)((keep ? walk.p : stop) - from)});
		from = walk.p;
	}
	if (from < end)
		push(e, &parts, (struct slice){from, (size_t)(end - from)});
	return value_items(VALUE_LIST, parts.item, parts.n);
}
