#include "common/event/field.h"

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "common/event/tokens.h"

static void *grown(void *p, size_t *size, size_t n, size_t each)
{
	if (n <= *size)
		return p;
	*size = n > 2 * *size ? n : 2 * *size;
	mem_free(p);
	return mem_array(*size, each);
}

/* The header of an array with at most `max` members. */
enum status field_array(struct walk *w, size_t max, size_t *n)
{
	struct walk_item it;
	enum status st = walk_next(w, &it);

	if (st != OK)
		return st;
	if (it.type != WALK_ARRAY)
		return ERR_INVALID;
	if (it.u > max)
		return ERR_LIMIT;
	*n = (size_t)it.u;
	return OK;
}

static enum status item_hash(const struct walk_item *it, uint64_t *out)
{
	switch (it->type) {
	case WALK_UINT:
	case WALK_SINT: *out = it->u; return OK;
	case WALK_BIN:
		if (it->u < sizeof(*out))
			return ERR_INVALID;
		*out = walk_be64(it->p + it->u - sizeof(*out));
		return OK;
	default: return ERR_INVALID;
	}
}

/* What nearly all of them are: eight bytes of integer, 32 of digest. */
static bool plain_hash(struct walk *w, uint64_t *out)
{
	const uint8_t *p = w->p;

	if (walk_left(w) < 34)
		return false;
	if (*p == 0xcf) {
		*out = walk_be64(p + 1);
		w->p += 9;
		return true;
	}
	if (*p != 0xc4 || p[1] != 32)
		return false;
	*out = walk_be64(p + 26);
	w->p += 34;
	return true;
}

static enum status read_hashes(struct walk *w, struct field_reading *r)
{
	struct event_decoder *d = r->d;
	struct walk_item it;
	enum status st;
	size_t n;

	st = field_array(w, EVENT_MAX_HASHES, &n);
	if (st != OK)
		return st;
	d->hash = grown(d->hash, &d->hash_size, n, sizeof(*d->hash));
	for (size_t i = 0; i < n; i++) {
		if (plain_hash(w, &d->hash[i]))
			continue;
		st = walk_next(w, &it);
		if (st == OK)
			st = item_hash(&it, &d->hash[i]);
		if (st != OK)
			return st;
	}
	r->e.hash = d->hash;
	r->e.n_hashes = n;
	return OK;
}

static enum status read_parent(struct walk *w, struct field_reading *r)
{
	struct walk_item it;
	enum status st = walk_next(w, &it);

	if (st != OK)
		return st;
	r->e.has_parent = it.type != WALK_NIL;
	return r->e.has_parent ? item_hash(&it, &r->e.parent) : OK;
}

/* One token of whatever form; arrays are pairs of EAGLE's. */
static enum status odd_token(struct walk *w, uint32_t *out, bool *pair)
{
	struct walk start = *w;
	struct walk_item it;
	enum status st = walk_next(w, &it);

	if (st != OK)
		return st;
	if (it.type == WALK_ARRAY) {
		*pair = true;
		*w = start;
		return walk_skip(w, DEPTH_FIELD + 1);
	}
	if (it.type != WALK_UINT || it.u > UINT32_MAX)
		return ERR_INVALID;
	*out = (uint32_t)it.u;
	return OK;
}

static enum status read_tokens(struct walk *w, struct field_reading *r)
{
	struct event_decoder *d = r->d;
	bool pair = false;
	enum status st;
	size_t n;

	if (w->p < w->end && *w->p == 0xc0) {
		w->p++;
		return OK;
	}
	st = field_array(w, EVENT_MAX_TOKENS, &n);
	if (st != OK)
		return st;
	d->token = grown(d->token, &d->token_size, n, sizeof(*d->token));
	for (size_t i = 0; i < n; i++) {
		i += tokens_read(w, d->token + i, n - i);
		if (i == n)
			break;
		st = odd_token(w, &d->token[i], &pair);
		if (st != OK)
			return st;
	}
	r->e.token = d->token;
	r->e.n_tokens = pair ? 0 : n;
	return OK;
}

/* An integer from 0 to `max`; nil leaves `out` alone. */
enum status field_count(struct walk *w, uint64_t max, uint64_t *out)
{
	struct walk_item it;
	enum status st = walk_next(w, &it);

	if (st != OK || it.type == WALK_NIL)
		return st;
	if (it.type != WALK_UINT || it.u > max)
		return ERR_INVALID;
	*out = it.u;
	return OK;
}

/* A string; nil leaves `out` alone. */
enum status field_text(struct walk *w, struct slice *out)
{
	struct walk_item it;
	enum status st = walk_next(w, &it);

	if (st != OK || it.type == WALK_NIL)
		return st;
	if (it.type != WALK_STR)
		return ERR_INVALID;
	*out = field_slice(&it);
	return OK;
}

static enum event_medium medium_of(struct slice s)
{
	if (s.n == 0 || slice_equal_nocase(s, SLICE("GPU")))
		return EVENT_GPU;
	if (slice_equal_nocase(s, SLICE("CPU")) ||
	    slice_equal_nocase(s, SLICE("CPU_PINNED")) ||
	    slice_equal_nocase(s, SLICE("lmcache-l1")))
		return EVENT_CPU;
	return EVENT_STORE;
}

static bool is_full_attention(struct slice s)
{
	return s.n == 0 || slice_equal(s, SLICE("full_attention")) ||
	       slice_equal(s, SLICE("mla_attention")) ||
	       slice_equal(s, SLICE("sink_full_attention"));
}

/* An array of nothing but nil, as extra_keys mostly is. */
static bool skip_nils(struct walk *w)
{
	struct walk at = *w;
	struct walk_item it;

	if (walk_next(&at, &it) != OK || it.type != WALK_ARRAY)
		return false;
	for (; it.u > 0; it.u--)
		if (*at.p++ != 0xc0)
			return false;
	*w = at;
	return true;
}

enum status field_read(struct walk *w, enum field f, struct field_reading *r)
{
	struct slice text = {0};
	uint64_t count = 0;
	enum status st;

	switch (f) {
	case FIELD_SKIP: return walk_skip(w, DEPTH_FIELD);
	case FIELD_HASHES: return read_hashes(w, r);
	case FIELD_PARENT: return read_parent(w, r);
	case FIELD_TOKENS: return read_tokens(w, r);
	case FIELD_BLOCK_SIZE:
		st = field_count(w, INT32_MAX, &count);
		r->e.block_size = (size_t)count;
		return st;
	case FIELD_MEDIUM:
		st = field_text(w, &r->e.medium_name);
		r->e.medium = medium_of(r->e.medium_name);
		return st;
	case FIELD_LORA_NAME: return field_text(w, &r->e.lora_name);
	case FIELD_EXTRA_KEYS:
		r->extra = *w;
		return skip_nils(w) ? OK : walk_skip(w, DEPTH_FIELD);
	case FIELD_GROUP:
		st = field_count(w, INT32_MAX, &count);
		r->e.group = (int64_t)count;
		return st;
	case FIELD_SPEC_KIND:
		st = field_text(w, &text);
		r->e.full_attention = is_full_attention(text);
		return st;
	}
	ASSERT(false);
}

/* The keys of one block. Strings are not labelled: the first one that is
 * the adapter's name is that; what else the sequence's first block has is
 * its salt. */
static enum status read_block_keys(struct walk *w, size_t n, bool first,
				   struct event *e)
{
	bool lora_seen = e->lora_name.n == 0;
	struct walk_item it;
	struct walk start;
	enum status st;

	for (size_t i = 0; i < n; i++) {
		start = *w;
		st = walk_next(w, &it);
		if (st != OK)
			return st;
		if (it.type != WALK_STR) {
			e->opaque_extra = true;
			*w = start;
			st = walk_skip(w, DEPTH_FIELD + 2);
			if (st != OK)
				return st;
		} else if (!lora_seen &&
			   slice_equal(field_slice(&it), e->lora_name)) {
			lora_seen = true;
		} else if (first && e->salt.n == 0) {
			e->salt = field_slice(&it);
		} else {
			e->opaque_extra = true;
		}
	}
	return OK;
}

/* `w` has been skipped over before, so only its types are news. */
enum status field_extra(struct walk w, struct event *e)
{
	struct walk_item it, keys;
	enum status st;

	st = walk_next(&w, &it);
	if (st != OK || it.type == WALK_NIL)
		return st;
	if (it.type != WALK_ARRAY)
		return ERR_INVALID;
	for (uint64_t i = 0; i < it.u; i++) {
		if (*w.p == 0xc0) {
			w.p++;
			continue;
		}
		st = walk_next(&w, &keys);
		if (st != OK)
			return st;
		if (keys.type != WALK_ARRAY)
			return ERR_INVALID;
		st = read_block_keys(&w, (size_t)keys.u,
				     i == 0 && !e->has_parent, e);
		if (st != OK)
			return st;
	}
	return OK;
}
