#include "common/json/splice.h"

#include <string.h>

#include "common/base/assert.h"
#include "common/json/string.h"

/* Most bodies have few members, and a request holds on to its room for as
 * long as it waits. */
#define FIRST_ROOM 8

void splice_begin(struct splice *sp, struct arena *arena, struct slice text,
		  size_t open)
{
	ASSERT(open > 0 && open <= text.n && text.p[open - 1] == '{');
	*sp = (struct splice){.arena = arena, .text = text, .open = open};
}

size_t splice_add(struct splice *sp, struct slice key, struct slice value)
{
	if (sp->n == sp->room) {
		size_t room = sp->room ? sp->room * 2 : FIRST_ROOM;
		struct splice_member *more = arena_array(sp->arena, room,
							 sizeof(*more));
		if (sp->n > 0)
			memcpy(more, sp->member, sp->n * sizeof(*more));
		sp->member = more;
		sp->room = room;
	}
	sp->member[sp->n] = (struct splice_member){.key = key, .value = value};
	return sp->n++;
}

enum status splice_parse(struct splice *sp, struct arena *arena,
			 struct slice text, unsigned max_depth,
			 size_t max_members)
{
	struct json_scan s;
	struct json_value value;
	struct splice parsed;
	struct slice key;
	json_begin(&s, text, max_depth);
	if (!json_enter_object(&s))
		return s.status;
	splice_begin(&parsed, arena, text, json_offset(&s));
	while (json_member(&s, &key) && json_value(&s, &value)) {
		if (parsed.n == max_members)
			return ERR_LIMIT;
		splice_add(&parsed, key, value.raw);
	}
	enum status st = json_end(&s);
	if (st == OK)
		*sp = parsed;
	return st;
}

static struct splice_insert *make_inserts(const struct splice *sp)
{
	return arena_array(sp->arena, SPLICE_MAX_INSERTS,
			   sizeof(struct splice_insert));
}

void splice_copy(struct splice *to, const struct splice *from)
{
	*to = *from;
	to->room = from->n;
	to->member = arena_array(from->arena, from->n,
				 sizeof(struct splice_member));
	if (from->n > 0)
		memcpy(to->member, from->member,
		       from->n * sizeof(struct splice_member));
	if (from->insert == NULL)
		return;
	to->insert = make_inserts(to);
	memcpy(to->insert, from->insert,
	       from->n_inserts * sizeof(struct splice_insert));
}

size_t splice_find(const struct splice *sp, const char *name, size_t from)
{
	struct slice want = slice_of(name);
	for (size_t i = from; i < sp->n; i++) {
		const struct splice_member *m = &sp->member[i];
		if (!m->removed && json_string_equal(m->key, want))
			return i;
	}
	return sp->n;
}

void splice_remove(struct splice *sp, size_t at)
{
	ASSERT(at < sp->n);
	sp->member[at].removed = true;
	sp->changed = true;
}

size_t splice_remove_all(struct splice *sp, const char *name)
{
	size_t n = 0, at = splice_find(sp, name, 0);
	for (; at < sp->n; at = splice_find(sp, name, at + 1), n++)
		splice_remove(sp, at);
	return n;
}

void splice_replace(struct splice *sp, size_t at, struct slice json)
{
	ASSERT(at < sp->n && json.n > 0);
	sp->member[at].with = json;
	sp->changed = true;
}

static bool needs_no_escape(struct slice name)
{
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];
		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
			return false;
	}
	return true;
}

void splice_insert(struct splice *sp, struct slice name, struct slice json)
{
	ASSERT(sp->n_inserts < SPLICE_MAX_INSERTS);
	ASSERT(needs_no_escape(name) && json.n > 0);
	if (sp->insert == NULL)
		sp->insert = make_inserts(sp);
	sp->insert[sp->n_inserts++] = (struct splice_insert){name, json};
	sp->changed = true;
}

void splice_set(struct splice *sp, const char *name, struct slice json)
{
	struct slice key = slice_of(name);
	splice_remove_all(sp, name);
	for (size_t i = 0; i < sp->n_inserts; i++) {
		if (!slice_equal(sp->insert[i].key, key))
			continue;
		sp->insert[i].value = json;
		return;
	}
	splice_insert(sp, key, json);
}

bool splice_changed(const struct splice *sp)
{
	return sp->changed;
}

/* The slices while they are being put together. */
struct pieces {
	struct slice *piece;
	size_t n, bytes;
};

/* Neighbours in memory become one. */
static void put(struct pieces *out, const char *from, const char *to)
{
	size_t n = (size_t)(to - from);
	if (n == 0)
		return;
	out->bytes += n;
	struct slice *last = out->n > 0 ? &out->piece[out->n - 1] : NULL;
	if (last && last->p + last->n == from)
		last->n += n;
	else
		out->piece[out->n++] = (struct slice){from, n};
}

static void put_slice(struct pieces *out, struct slice s)
{
	put(out, s.p, s.p + s.n);
}

static void put_inserts(struct pieces *out, const struct splice *sp)
{
	for (size_t i = 0; i < sp->n_inserts; i++) {
		put_slice(out, i > 0 ? SLICE(",\"") : SLICE("\""));
		put_slice(out, sp->insert[i].key);
		put_slice(out, SLICE("\":"));
		put_slice(out, sp->insert[i].value);
	}
}

static const char *end_of(struct slice s)
{
	return s.p + s.n;
}

/* A member goes with what stands between it and the member before: the
 * comma and the blanks. The first that stays has no comma before it,
 * except behind inserted ones. */
static void put_members(struct pieces *out, const struct splice *sp)
{
	const char *before = sp->text.p + sp->open;
	bool some = sp->n_inserts > 0;
	for (size_t i = 0; i < sp->n; i++) {
		const struct splice_member *m = &sp->member[i];
		const char *gap = before;
		before = end_of(m->value);
		if (m->removed)
			continue;
		if (some && i == 0)
			put_slice(out, SLICE(","));
		if (some || i == 0)
			put(out, gap, m->key.p);
		put(out, m->key.p, m->with.p ? m->value.p : before);
		if (m->with.p)
			put_slice(out, m->with);
		some = true;
	}
	put(out, before, end_of(sp->text));
}

static struct slice *one_piece(const struct splice *sp, size_t *n,
			       size_t *total_bytes)
{
	struct slice *piece = arena_array(sp->arena, 1, sizeof(*piece));
	*piece = sp->text;
	*n = 1;
	*total_bytes = sp->text.n;
	return piece;
}

struct slice *splice_pieces(const struct splice *sp, size_t *n,
			    size_t *total_bytes)
{
	if (!splice_changed(sp))
		return one_piece(sp, n, total_bytes);
	size_t most = 2 + 4 * sp->n_inserts + 3 * sp->n;
	struct pieces out = {arena_array(sp->arena, most, sizeof(struct slice)),
			     0, 0};
	const char *start = sp->text.p;
	put(&out, start, start + sp->open);
	put_inserts(&out, sp);
	put_members(&out, sp);
	ASSERT(out.n > 0 && out.n <= most);
	*n = out.n;
	*total_bytes = out.bytes;
	return out.piece;
}

void splice_append(const struct splice *sp, struct buf *out)
{
	size_t n, bytes;
	struct slice *piece = splice_pieces(sp, &n, &bytes);
	buf_reserve(out, bytes);
	for (size_t i = 0; i < n; i++)
		buf_append(out, piece[i]);
}
