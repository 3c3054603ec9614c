#include "common/event/walk.h"

#include "common/event/decode.h"

/* `bytes` behind the tag, as a big-endian number; 1, 2, 4 or 8 of them. */
static enum status number(struct walk *w, size_t bytes, uint64_t *out)
{
	uint64_t v = 0;

	if (walk_left(w) < bytes)
		return ERR_INVALID;
	for (size_t i = 0; i < bytes; i++)
		v = v << 8 | w->p[i];
	w->p += bytes;
	*out = v;
	return OK;
}

static enum status sint(struct walk *w, size_t bytes, struct walk_item *it)
{
	unsigned shift = 64 - 8 * (unsigned)bytes;
	uint64_t v;

	if (number(w, bytes, &v) != OK)
		return ERR_INVALID;
	it->u = (uint64_t)((int64_t)(v << shift) >> shift);
	it->type = (int64_t)it->u < 0 ? WALK_SINT : WALK_UINT;
	return OK;
}

static enum status real(struct walk *w, size_t bytes, struct walk_item *it)
{
	uint64_t v;
	uint32_t v32;
	float f;

	if (number(w, bytes, &v) != OK)
		return ERR_INVALID;
	v32 = (uint32_t)v;
	memcpy(&f, &v32, sizeof(f));
	memcpy(&it->f, &v, sizeof(it->f));
	if (bytes == sizeof(f))
		it->f = (double)f;
	it->type = WALK_FLOAT;
	return OK;
}

/* A string, bytes or an extension's: `n` bytes follow. */
static enum status span(struct walk *w, enum walk_type type, uint64_t n,
			struct walk_item *it)
{
	if (walk_left(w) < n)
		return ERR_INVALID;
	it->type = type;
	it->u = n;
	it->p = w->p;
	w->p += n;
	return OK;
}

static enum status sized_span(struct walk *w, enum walk_type type, size_t bytes,
			      struct walk_item *it)
{
	uint64_t n;

	if (number(w, bytes, &n) != OK)
		return ERR_INVALID;
	/* An extension's type is a byte in front of its content. */
	return span(w, type, type == WALK_EXT ? n + 1 : n, it);
}

/* Every member takes a byte at least. */
static enum status group(const struct walk *w, enum walk_type type, uint64_t n,
			 struct walk_item *it)
{
	uint64_t least = type == WALK_MAP ? 2 * n : n;

	if (walk_left(w) < least)
		return ERR_INVALID;
	it->type = type;
	it->u = n;
	return OK;
}

static enum status sized_group(struct walk *w, enum walk_type type,
			       size_t bytes, struct walk_item *it)
{
	uint64_t n;

	if (number(w, bytes, &n) != OK)
		return ERR_INVALID;
	return group(w, type, n, it);
}

static enum status constant(enum walk_type type, uint64_t u,
			    struct walk_item *it)
{
	it->type = type;
	it->u = u;
	return OK;
}

/* The tags 0xc0 to 0xdf. */
static enum status tagged(struct walk *w, uint8_t tag, struct walk_item *it)
{
	switch (tag) {
	case 0xc0: return constant(WALK_NIL, 0, it);
	case 0xc2:
	case 0xc3: return constant(WALK_BOOL, tag & 1, it);
	case 0xc4:
	case 0xc5:
	case 0xc6: return sized_span(w, WALK_BIN, (size_t)1 << (tag & 3), it);
	case 0xc7:
	case 0xc8:
	case 0xc9:
		return sized_span(w, WALK_EXT, (size_t)1 << (tag - 0xc7), it);
	case 0xca: return real(w, 4, it);
	case 0xcb: return real(w, 8, it);
	case 0xcc:
	case 0xcd:
	case 0xce:
	case 0xcf:
		it->type = WALK_UINT;
		return number(w, (size_t)1 << (tag & 3), &it->u);
	case 0xd0:
	case 0xd1:
	case 0xd2:
	case 0xd3: return sint(w, (size_t)1 << (tag & 3), it);
	case 0xd4:
	case 0xd5:
	case 0xd6:
	case 0xd7:
	case 0xd8: return span(w, WALK_EXT, (1u << (tag - 0xd4)) + 1, it);
	case 0xd9: return sized_span(w, WALK_STR, 1, it);
	case 0xda: return sized_span(w, WALK_STR, 2, it);
	case 0xdb: return sized_span(w, WALK_STR, 4, it);
	case 0xdc: return sized_group(w, WALK_ARRAY, 2, it);
	case 0xdd: return sized_group(w, WALK_ARRAY, 4, it);
	case 0xde: return sized_group(w, WALK_MAP, 2, it);
	case 0xdf: return sized_group(w, WALK_MAP, 4, it);
	default: return ERR_INVALID; /* 0xc1 is never used */
	}
}

enum status walk_next(struct walk *w, struct walk_item *out)
{
	uint8_t tag;

	if (w->p == w->end)
		return ERR_INVALID;
	tag = *w->p++;
	if (tag < 0x80)
		return constant(WALK_UINT, tag, out);
	if (tag < 0x90)
		return group(w, WALK_MAP, tag & 0x0f, out);
	if (tag < 0xa0)
		return group(w, WALK_ARRAY, tag & 0x0f, out);
	if (tag < 0xc0)
		return span(w, WALK_STR, tag & 0x1f, out);
	if (tag >= 0xe0)
		return constant(WALK_SINT, (uint64_t)(int64_t)(int8_t)tag, out);
	return tagged(w, tag, out);
}

enum status walk_skip(struct walk *w, unsigned depth)
{
	uint64_t left[EVENT_MAX_DEPTH + 1];
	unsigned base = depth;
	struct walk_item it;
	enum status st;

	left[depth] = 1;
	while (left[base] > 0 || depth > base) {
		if (left[depth] == 0) {
			depth--;
			continue;
		}
		left[depth]--;
		st = walk_next(w, &it);
		if (st != OK)
			return st;
		if ((it.type != WALK_ARRAY && it.type != WALK_MAP) || !it.u)
			continue;
		if (depth == EVENT_MAX_DEPTH)
			return ERR_LIMIT;
		left[++depth] = it.type == WALK_MAP ? 2 * it.u : it.u;
	}
	return OK;
}
