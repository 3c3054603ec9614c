#include "common/event/decode.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/event/field.h"

/* What an array holds behind its tag, by position. */
static const enum field stored_field[] = {
	FIELD_HASHES, FIELD_PARENT,    FIELD_TOKENS,    FIELD_BLOCK_SIZE,
	FIELD_SKIP,   FIELD_MEDIUM,    FIELD_LORA_NAME, FIELD_EXTRA_KEYS,
	FIELD_GROUP,  FIELD_SPEC_KIND,
};
static const enum field removed_field[] = {
	FIELD_HASHES,
	FIELD_MEDIUM,
	FIELD_GROUP,
};

static const struct {
	struct slice name;
	enum field field;
} map_field[] = {
	{SLICE("block_hashes"), FIELD_HASHES},
	{SLICE("parent_block_hash"), FIELD_PARENT},
	{SLICE("token_ids"), FIELD_TOKENS},
	{SLICE("block_size"), FIELD_BLOCK_SIZE},
	{SLICE("medium"), FIELD_MEDIUM},
	{SLICE("lora_name"), FIELD_LORA_NAME},
	{SLICE("extra_keys"), FIELD_EXTRA_KEYS},
	{SLICE("group_idx"), FIELD_GROUP},
	{SLICE("kv_cache_spec_kind"), FIELD_SPEC_KIND},
};

static enum event_kind kind_of(struct slice tag)
{
	if (slice_equal(tag, SLICE("BlockStored")))
		return EVENT_STORED;
	if (slice_equal(tag, SLICE("BlockRemoved")))
		return EVENT_REMOVED;
	if (slice_equal(tag, SLICE("AllBlocksCleared")))
		return EVENT_CLEARED;
	return EVENT_OTHER;
}

static enum status read_tag(struct walk *w, struct slice *tag)
{
	struct walk_item it;
	enum status st = walk_next(w, &it);

	if (st != OK)
		return st;
	*tag = field_slice(&it);
	return it.type == WALK_STR ? OK : ERR_INVALID;
}

static enum field array_field(enum event_kind kind, size_t at)
{
	if (kind == EVENT_STORED && at < ARRAY_LEN(stored_field))
		return stored_field[at];
	if (kind == EVENT_REMOVED && at < ARRAY_LEN(removed_field))
		return removed_field[at];
	return FIELD_SKIP;
}

static enum status read_array(struct walk *w, size_t n, struct field_reading *r)
{
	struct slice tag = {0};
	enum status st;

	st = n > 0 ? read_tag(w, &tag) : ERR_INVALID;
	if (st != OK)
		return st;
	r->e.kind = kind_of(tag);
	for (size_t i = 0; i + 1 < n; i++) {
		st = field_read(w, array_field(r->e.kind, i), r);
		if (st != OK)
			return st;
	}
	return OK;
}

static enum field key_field(const struct walk_item *key)
{
	if (key->type != WALK_STR)
		return FIELD_SKIP;
	for (size_t i = 0; i < ARRAY_LEN(map_field); i++)
		if (slice_equal(map_field[i].name, field_slice(key)))
			return map_field[i].field;
	return FIELD_SKIP;
}

/* The tag decides what the other fields mean, and it may stand last. */
static enum status map_tag(struct walk w, size_t n, struct slice *tag)
{
	struct walk_item key;
	enum status st;

	for (size_t i = 0; i < n; i++) {
		struct walk start = w;

		st = walk_next(&w, &key);
		if (st != OK)
			return st;
		if (key.type == WALK_STR &&
		    slice_equal(field_slice(&key), SLICE("type")))
			return read_tag(&w, tag);
		w = start;
		st = walk_skip(&w, DEPTH_EVENT);
		if (st == OK)
			st = walk_skip(&w, DEPTH_EVENT);
		if (st != OK)
			return st;
	}
	return OK;
}

static enum status read_map(struct walk *w, size_t n, struct field_reading *r)
{
	struct slice tag = {0};
	enum status st = map_tag(*w, n, &tag);

	if (st != OK)
		return st;
	r->e.kind = kind_of(tag);
	for (size_t i = 0; i < n; i++) {
		enum field f = FIELD_SKIP;
		struct walk start = *w;
		struct walk_item key;

		st = walk_next(w, &key);
		if (st != OK)
			return st;
		if (key.type == WALK_ARRAY || key.type == WALK_MAP) {
			*w = start;
			st = walk_skip(w, DEPTH_EVENT);
			if (st != OK)
				return st;
		}
		if (r->e.kind != EVENT_OTHER)
			f = key_field(&key);
		st = field_read(w, f, r);
		if (st != OK)
			return st;
	}
	return OK;
}

static enum status read_event(struct walk *w, struct field_reading *r)
{
	struct walk_item it;
	enum status st;

	memset(&r->e, 0, sizeof(r->e));
	r->e.full_attention = true;
	r->extra.p = NULL;
	st = walk_next(w, &it);
	if (st != OK)
		return st;
	if (it.type == WALK_ARRAY)
		st = read_array(w, (size_t)it.u, r);
	else if (it.type == WALK_MAP)
		st = read_map(w, (size_t)it.u, r);
	else
		st = ERR_INVALID;
	if (st == OK && r->extra.p != NULL)
		st = field_extra(r->extra, &r->e);
	return st;
}

static enum status read_ts(struct walk *w, double *ts)
{
	struct walk_item it;
	enum status st = walk_next(w, &it);

	if (st != OK)
		return st;
	switch (it.type) {
	case WALK_FLOAT: *ts = it.f; return OK;
	case WALK_UINT: *ts = (double)it.u; return OK;
	case WALK_SINT: *ts = (double)(int64_t)it.u; return OK;
	case WALK_NIL: *ts = 0; return OK;
	default: return ERR_INVALID;
	}
}

static enum status read_rank(struct walk *w, int64_t *rank)
{
	uint64_t count = 0;
	bool told = w->p < w->end && *w->p != 0xc0;
	enum status st = field_count(w, INT32_MAX, &count);

	*rank = told ? (int64_t)count : -1;
	return st;
}

/* What stands behind the events: the rank, then fields of the future. */
static enum status read_tail(struct walk *w, size_t n, int64_t *rank)
{
	enum status st = n > 0 ? read_rank(w, rank) : OK;

	for (size_t i = 1; st == OK && i < n; i++)
		st = walk_skip(w, DEPTH_BATCH);
	if (st == OK && walk_left(w) > 0)
		return ERR_INVALID;
	return st;
}

void event_decoder_init(struct event_decoder *d)
{
	memset(d, 0, sizeof(*d));
}

void event_decoder_fini(struct event_decoder *d)
{
	mem_free(d->hash);
	mem_free(d->token);
	event_decoder_init(d);
}

enum status event_decode(struct event_decoder *d, struct slice payload,
			 event_fn *fn, void *arg, struct event_batch *out)
{
	const uint8_t *p = (const uint8_t *)payload.p;
	struct walk w = {p, p};
	struct event_batch batch = {.rank = -1};
	struct field_reading r = {.d = d};
	size_t n, n_events;
	enum status st;

	if (payload.n == 0)
		return ERR_INVALID;
	if (payload.n > EVENT_MAX_BYTES)
		return ERR_LIMIT;
	w.end = p + payload.n;
	st = field_array(&w, SIZE_MAX, &n);
	if (st == OK && n < 2)
		st = ERR_INVALID;
	if (st == OK)
		st = read_ts(&w, &batch.ts);
	if (st == OK)
		st = field_array(&w, SIZE_MAX, &n_events);
	for (size_t i = 0; st == OK && i < n_events; i++) {
		st = read_event(&w, &r);
		if (st == OK)
			fn(arg, &r.e);
	}
	if (st == OK)
		st = read_tail(&w, n - 2, &batch.rank);
	if (st == OK)
		*out = batch;
	return st;
}
