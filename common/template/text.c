/* Splitting and replacing, as str.split() and str.replace() do. */
#include "common/template/text.h"

#include <string.h>

#include "common/template/unicode.h"

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
	if (!eval_step(e, 1 + s.n / 64))
		return;
	if (old.n == 0) {
		between_all(e, s, with, count);
		return;
	}
	while (count != 0 && !eval_failed(e)) {
		const char *at = memmem(s.p, s.n, old.p, old.n);
		if (!at)
			break;
		size_t n = (size_t)(at - s.p);
		eval_put(e, &e->scratch, (struct slice){s.p, n});
		eval_put(e, &e->scratch, with);
		eval_step(e, 1);
		s = slice_from(s, n + old.n);
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
	for (;;) {
		s = text_strip(s, NULL, true, false);
		if (s.n == 0)
			return;
		const char *p = s.p, *end = s.p + s.n, *stop = end;
		while (max != 0 && p < end) {
			stop = p;
			if (text_is_space(text_next(&p, end)))
				break;
			stop = end;
		}
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
	while (max-- != 0 && (at = memmem(s.p, s.n, by.p, by.n)) != NULL) {
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

static const char *find_last(struct slice s, struct slice what)
{
	for (size_t at = s.n; what.n <= s.n && at + 1 > what.n; at--)
		if (memcmp(s.p + at - what.n, what.p, what.n) == 0)
			return s.p + at - what.n;
	return NULL;
}

static void rsplit_by(struct eval *e, struct slice s, struct slice by,
		      int64_t max, struct parts *out)
{
	const char *at;
	while (max-- != 0 && (at = find_last(s, by)) != NULL) {
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
	if (!eval_step(e, 1 + s.n / 32))
		return VALUE_NIL;
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
	for (size_t i = 0; i < parts.n; i++)
		parts.item[i].markup = of.markup;
	return value_items(VALUE_LIST, parts.item, parts.n);
}

struct value text_splitlines(struct eval *e, struct value of, bool keep)
{
	struct parts parts = {0};
	const char *p = of.s, *end = of.s + of.n, *from = p;
	if (!eval_step(e, 1 + of.n / 32))
		return VALUE_NIL;
	while (p < end && !eval_failed(e)) {
		const char *stop = p;
		uint32_t c = text_next(&p, end);
		if (!((c >= 0x0a && c <= 0x0d) || (c >= 0x1c && c <= 0x1e) ||
		      c == 0x85 || c == 0x2028 || c == 0x2029))
			continue;
		if (c == '\r' && p < end && *p == '\n')
			p++;
		push(e, &parts,
		     (struct slice){from, (size_t)((keep ? p : stop) - from)});
		from = p;
	}
	if (from < end)
		push(e, &parts, (struct slice){from, (size_t)(end - from)});
	return value_items(VALUE_LIST, parts.item, parts.n);
}
