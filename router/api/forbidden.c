#include "router/api/forbidden.h"

#include "common/json/scan.h"
#include "common/json/string.h"
#include "router/api/request.h"

/* Containers within containers, as in sampling_params.extra_args. */
#define MAX_NESTING 4

static bool is_one_of(struct slice name, const struct slice *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].n == name.n && slice_equal(list[i], name))
			return true;
	return false;
}

bool api_member_forbidden(struct slice name)
{
	static const struct slice names[] = {
		/* Where blocks are, or go (vLLM). */
		SLICE("kv_transfer_params"),
		SLICE("ec_transfer_params"),
		/* Prefill's address (SGLang). */
		SLICE("bootstrap_host"),
		SLICE("bootstrap_port"),
		SLICE("bootstrap_room"),
		SLICE("bootstrap_pair_key"),
		SLICE("decode_tp_size"),
		/* Which rank is to serve. */
		SLICE("routed_dp_rank"),
		SLICE("disagg_prefill_dp_rank"),
		SLICE("data_parallel_rank"),
		SLICE("data_parallel_rank_decode"),
		SLICE("dp_rank"),
		SLICE("prefill_dp_rank"),
		/* Who is to (Dynamo). */
		SLICE("backend_instance_id"),
		SLICE("decode_worker_id"),
		SLICE("prefill_worker_id"),
		/* Whose cache it is. */
		SLICE("cache_salt"),
		SLICE("extra_key"),
		/* What the engine calls it. */
		SLICE("request_id"),
		SLICE("rid"),
	};
	return is_one_of(name, names, ARRAY_LEN(names)) ||
	       slice_starts(name, SLICE("remote_")) ||
	       slice_starts(name, SLICE("do_remote_"));
}

bool api_member_nests(struct slice name)
{
	static const struct slice names[] = {
		SLICE("vllm_xargs"),      SLICE("extra_args"),
		SLICE("sampling_params"), SLICE("extra_body"),
		SLICE("nvext"),
	};
	return is_one_of(name, names, ARRAY_LEN(names));
}

struct cleaning {
	const struct api_limits *limits;
	struct arena *arena;
	size_t n_removed;
};

static enum status clean(struct cleaning *c, struct slice value, int level,
			 struct slice *out);

/* The most that a member of this name may ask for; 0: no bound. */
static size_t most_of(const struct api_limits *l, struct slice name)
{
	if (slice_equal(name, SLICE("n")) ||
	    slice_equal(name, SLICE("best_of")))
		return l->max_n;
	return slice_equal(name, SLICE("max_tokens")) ? l->max_tokens : 0;
}

/* Some engines make a number of a text or of 1e9, so what is no plain number
 * is too much. */
static bool is_too_much(struct slice value, size_t most)
{
	int64_t n;
	if (most == 0 || slice_equal(value, SLICE("null")))
		return false;
	return json_int(value, &n) != OK || (n > 0 && (uint64_t)n > most);
}

static enum status clean_member(struct cleaning *c, struct splice *sp,
				size_t at, int level)
{
	const struct splice_member *m = &sp->member[at];
	struct slice name, cleaned;
	enum status st = json_text(m->key, c->arena, &name);
	if (st != OK)
		return st;
	if (api_member_forbidden(name)) {
		splice_remove(sp, at);
		c->n_removed++;
		return OK;
	}
	if (is_too_much(m->value, most_of(c->limits, name)))
		return ERR_LIMIT;
	if (!api_member_nests(name))
		return OK;
	st = clean(c, m->value, level + 1, &cleaned);
	if (st == OK && cleaned.p != m->value.p)
		splice_replace(sp, at, cleaned);
	return st;
}

static struct slice take_text(struct cleaning *c, struct buf *b)
{
	struct slice copy = arena_copy(c->arena, buf_slice(b));
	buf_fini(b);
	return copy;
}

static enum status clean_object(struct cleaning *c, struct slice value,
				int level, struct slice *out)
{
	struct splice sp;
	struct buf b = {0};
	enum status st = splice_parse(&sp, c->arena, value,
				      c->limits->max_depth,
				      c->limits->max_members);
	for (size_t i = 0; st == OK && i < sp.n; i++)
		st = clean_member(c, &sp, i, level);
	if (st != OK || !splice_changed(&sp))
		return st;
	splice_append(&sp, &b);
	*out = take_text(c, &b);
	return OK;
}

/* Some engines take a list where there may be several prompts. */
static enum status clean_list(struct cleaning *c, struct slice value, int level,
			      struct slice *out)
{
	struct json_scan s;
	struct json_value v;
	struct buf b = {0};
	enum status st = OK;
	bool changed = false;
	json_begin(&s, value, c->limits->max_depth);
	json_enter_array(&s);
	while (st == OK && json_element(&s) && json_value(&s, &v)) {
		struct slice cleaned = v.raw;
		st = clean(c, v.raw, level + 1, &cleaned);
		changed |= cleaned.p != v.raw.p;
		buf_putc(&b, buf_len(&b) ? ',' : '[');
		buf_append(&b, cleaned);
	}
	buf_putc(&b, ']');
	st = st == OK ? json_end(&s) : st;
	if (st == OK && changed)
		*out = take_text(c, &b);
	buf_fini(&b);
	return st;
}

static enum status clean(struct cleaning *c, struct slice value, int level,
			 struct slice *out)
{
	bool list = value.p[0] == '[';
	*out = value;
	if (value.p[0] != '{' && !list)
		return OK;
	if (level == MAX_NESTING)
		return ERR_LIMIT;
	return list ? clean_list(c, value, level, out)
		    : clean_object(c, value, level, out);
}

enum status api_clean_nested(struct slice value,
			     const struct api_limits *limits,
			     struct arena *arena, struct slice *out,
			     size_t *n_removed)
{
	struct cleaning c = {limits, arena, 0};
	struct slice cleaned;
	enum status st = clean(&c, value, 0, &cleaned);
	if (st != OK)
		return st;
	*out = cleaned;
	*n_removed += c.n_removed;
	return OK;
}
