#include "router/decision/read.h"

#include <math.h>
#include <string.h>

#include "common/json/scan.h"
#include "common/json/string.h"
#include "router/decision/field.h"
#include "router/decision/write.h"

#define MAX_DEPTH      16
#define MAX_CANDIDATES 4096
/* More than there are; what has no name is "unknown". */
#define MAX_EXCLUSIONS 32

/* A line under way. */
struct reading {
	struct json_scan scan;
	struct arena *arena;
	struct decision_line *out;
	struct policy_candidate *candidate;
	struct pair_side *side;
	struct slice *source; /* names, until all are known */
	struct slice chosen, prefill;
	bool has_head, has_end, has_choice, has_candidates, has_sides;
	size_t n, room;
};

static bool fail(struct reading *r, const char *why)
{
	return json_fail(&r->scan, ERR_INVALID, why);
}

/* --- values -------------------------------------------------------------- */

static bool take_text(struct reading *r, struct slice *out)
{
	struct json_value v;

	if (!json_value(&r->scan, &v))
		return false;
	if (v.type == JSON_TYPE_NULL) {
		*out = (struct slice){NULL, 0};
		return true;
	}
	if (v.type != JSON_TYPE_STRING || json_text(v.raw, r->arena, out) != OK)
		return fail(r, "a text is expected here");
	return true;
}

/* A number, or true and false as 1 and 0; null is INFINITY. */
static bool take_number(struct reading *r, double *out)
{
	struct json_value v;

	if (!json_value(&r->scan, &v))
		return false;
	switch (v.type) {
	case JSON_TYPE_TRUE: *out = 1; return true;
	case JSON_TYPE_FALSE: *out = 0; return true;
	case JSON_TYPE_NULL: *out = INFINITY; return true;
	case JSON_TYPE_NUMBER:
		if (json_double(v.raw, out) == OK)
			return true;
		break;
	default: break;
	}
	return fail(r, "a number is expected here");
}

static bool take_count(struct reading *r, double max, double *out)
{
	if (!take_number(r, out))
		return false;
	if (*out >= 0 && *out <= max && *out == floor(*out))
		return true;
	return fail(r, "the number is out of its range");
}

/* 16 digits of base 16. */
static bool take_hash(struct reading *r, uint64_t *out)
{
	struct slice text;

	if (!take_text(r, &text))
		return false;
	if (text.n != 16)
		return fail(r, "16 digits of base 16 are expected here");
	*out = 0;
	for (size_t i = 0; i < text.n; i++) {
		int digit = hex_digit(text.p[i]);

		if (digit < 0)
			return fail(r, "not a digit of base 16");
		*out = *out << 4 | (uint64_t)digit;
	}
	return true;
}

static bool skip(struct reading *r)
{
	struct json_value v;

	return json_value(&r->scan, &v);
}

/* --- candidates ----------------------------------------------------------- */

static const struct decision_field *find_field(const struct decision_field *f,
					       struct slice key)
{
	for (; f->name != NULL; f++)
		if (json_string_equal(key, slice_of(f->name)))
			return f;
	return NULL;
}

static bool take_field(struct reading *r, const struct decision_field *f,
		       void *owner)
{
	double value;

	if (!take_number(r, &value))
		return false;
	/* What was not priced has no cost. */
	if (value == INFINITY && f->kind == DECISION_NUMBER) {
		*(double *)((char *)owner + f->offset) = value;
		return true;
	}
	return decision_field_set(f, owner, value) ||
	       fail(r, "the number is out of its range");
}

static bool take_exclusion(struct reading *r, enum policy_exclusion *out)
{
	const char *name;
	struct slice text;

	if (!take_text(r, &text))
		return false;
	if (text.n == 0)
		return true;
	for (unsigned e = POLICY_ALLOWED + 1; e < MAX_EXCLUSIONS; e++) {
		name = policy_exclusion_name((enum policy_exclusion)e);
		if (strcmp(name, "unknown") == 0 ||
		    !slice_equal(text, slice_of(name)))
			continue;
		*out = (enum policy_exclusion)e;
		return true;
	}
	return fail(r, "not a reason for an exclusion");
}

static bool take_rates(struct reading *r, struct policy_candidate *c)
{
	struct policy_rates *rates = arena_zalloc(r->arena, sizeof(*rates));
	struct slice key;

	json_enter_object(&r->scan);
	while (json_member(&r->scan, &key)) {
		const struct decision_field *f = find_field(
			decision_rates_field, key);

		if (!(f != NULL ? take_field(r, f, rates) : skip(r)))
			return false;
	}
	c->rates = rates;
	return r->scan.status == OK;
}

static bool take_candidate_member(struct reading *r, struct slice key)
{
	struct policy_candidate *c = &r->candidate[r->n];
	struct policy_term *t = &r->out->term[r->n];
	const struct decision_field *f;
	double blocks;

	if (json_string_equal(key, SLICE("worker")))
		return take_text(r, &r->out->worker[r->n]);
	if (json_string_equal(key, SLICE("name_hash")))
		return take_hash(r, &c->name_hash);
	if (json_string_equal(key, SLICE("excluded")))
		return take_exclusion(r, &c->exclusion);
	if (json_string_equal(key, SLICE("excluded_in_pairs")))
		return take_exclusion(r, &r->side[r->n].exclusion);
	if (json_string_equal(key, SLICE("rates")))
		return take_rates(r, c);
	if (json_string_equal(key, SLICE("source")))
		return take_text(r, &r->source[r->n]);
	if (json_string_equal(key, SLICE("fetch_blocks"))) {
		if (!take_count(r, UINT32_MAX, &blocks))
			return false;
		t->fetch_blocks = (uint32_t)blocks;
		return true;
	}
	f = find_field(decision_candidate_field, key);
	if (f != NULL)
		return take_field(r, f, c);
	f = find_field(decision_side_field, key);
	if (f != NULL)
		return take_field(r, f, &r->side[r->n]);
	f = find_field(decision_term_field, key);
	return f != NULL ? take_field(r, f, t) : skip(r);
}

static void *grown(struct reading *r, const void *old, size_t size)
{
	void *fresh = arena_zalloc(r->arena, r->room * size);

	if (r->n > 0)
		memcpy(fresh, old, r->n * size);
	return fresh;
}

static void make_room(struct reading *r)
{
	if (r->n < r->room)
		return;
	r->room = r->room > 0 ? 2 * r->room : 8;
	r->candidate = grown(r, r->candidate, sizeof(*r->candidate));
	r->side = grown(r, r->side, sizeof(*r->side));
	r->source = grown(r, r->source, sizeof(*r->source));
	r->out->term = grown(r, r->out->term, sizeof(*r->out->term));
	r->out->worker = grown(r, r->out->worker, sizeof(*r->out->worker));
}

static bool take_candidate(struct reading *r)
{
	struct slice key;

	if (r->n == MAX_CANDIDATES)
		return fail(r, "more than 4096 candidates");
	make_room(r);
	r->candidate[r->n].worker = (unsigned)r->n;
	r->out->term[r->n].source = -1;
	json_enter_object(&r->scan);
	while (json_member(&r->scan, &key))
		if (!take_candidate_member(r, key))
			return false;
	if (r->scan.status != OK)
		return false;
	if (r->out->worker[r->n].n == 0)
		return fail(r, "a candidate has no name");
	r->has_sides |= r->side[r->n].gives;
	r->n++;
	return true;
}

static bool take_candidates(struct reading *r)
{
	if (r->has_candidates)
		return fail(r, "candidates are there twice");
	r->has_candidates = true;
	json_enter_array(&r->scan);
	while (json_element(&r->scan))
		if (!take_candidate(r))
			return false;
	return r->scan.status == OK;
}

/* Place of a candidate's name; -1: there is none. */
static int place_of(const struct reading *r, struct slice name)
{
	for (size_t i = 0; name.n > 0 && i < r->n; i++)
		if (slice_equal(r->out->worker[i], name))
			return (int)i;
	return -1;
}

/* --- outcomes ------------------------------------------------------------ */

static bool take_tokens(struct reading *r, int64_t *out)
{
	double value;

	if (!take_count(r, UINT32_MAX, &value))
		return false;
	*out = (int64_t)value;
	return true;
}

static bool take_outcome_member(struct reading *r, struct slice key)
{
	struct decision_line *o = r->out;

	if (json_string_equal(key, SLICE("outcome")))
		return take_text(r, &o->outcome);
	if (json_string_equal(key, SLICE("status")))
		return take_tokens(r, &o->status);
	if (json_string_equal(key, SLICE("prompt_tokens")))
		return take_tokens(r, &o->prompt_tokens);
	if (json_string_equal(key, SLICE("cached_tokens")))
		return take_tokens(r, &o->cached_tokens);
	if (json_string_equal(key, SLICE("ttfb_ms"))) {
		if (!take_number(r, &o->ttfb_ms))
			return false;
		return (isfinite(o->ttfb_ms) && o->ttfb_ms >= 0) ||
		       fail(r, "the number is out of its range");
	}
	return skip(r);
}

static bool take_outcome(struct reading *r)
{
	struct slice key;

	r->has_end = true;
	json_enter_object(&r->scan);
	while (json_member(&r->scan, &key))
		if (!take_outcome_member(r, key))
			return false;
	return r->scan.status == OK;
}

/* --- lines -------------------------------------------------------------- */

static bool take_size(struct reading *r, size_t *out)
{
	double value;

	if (!take_count(r, UINT32_MAX, &value))
		return false;
	*out = (size_t)value;
	return true;
}

static bool take_head(struct reading *r)
{
	double format;

	r->has_head = true;
	if (!take_count(r, UINT32_MAX, &format))
		return false;
	return format == DECISION_LOG_FORMAT ||
	       fail(r, "a log of another version");
}

static bool take_chosen(struct reading *r)
{
	r->has_choice = true;
	return take_text(r, &r->chosen);
}

static bool take_member(struct reading *r, struct slice key)
{
	const struct {
		const char *name;
		struct slice *to;
	} text[] = {
		{"request_id", &r->out->id}, {"model", &r->out->model},
		{"policy", &r->out->policy}, {"unit", &r->out->unit},
		{"reason", &r->out->reason},
	};
	const struct {
		const char *name;
		size_t *to;
	} size[] = {
		{"prompt_tokens", &r->out->query.prompt_tokens},
		{"prompt_blocks", &r->out->query.prompt_blocks},
		{"block_size", &r->out->query.block_size},
		{"output_tokens", &r->out->query.output_tokens},
		{"guessed_tokens", &r->out->guessed_tokens},
	};

	for (size_t i = 0; i < ARRAY_LEN(text); i++)
		if (json_string_equal(key, slice_of(text[i].name)))
			return take_text(r, text[i].to);
	for (size_t i = 0; i < ARRAY_LEN(size); i++)
		if (json_string_equal(key, slice_of(size[i].name)))
			return take_size(r, size[i].to);
	if (json_string_equal(key, SLICE("chosen")))
		return take_chosen(r);
	if (json_string_equal(key, SLICE("prefill")))
		return take_text(r, &r->prefill);
	if (json_string_equal(key, SLICE("session")))
		return take_hash(r, &r->out->query.session);
	if (json_string_equal(key, SLICE("candidates")))
		return take_candidates(r);
	if (json_string_equal(key, SLICE("ended")))
		return take_outcome(r);
	if (json_string_equal(key, SLICE("decisions")))
		return take_head(r);
	return skip(r);
}

/* What the parts of a line make together. */
static enum status conclude(struct reading *r, struct error *err)
{
	struct decision_line *o = r->out;

	if (r->has_head) {
		o->kind = DECISION_LINE_HEAD;
		return OK;
	}
	if (o->id.n == 0)
		return error_set(err, ERR_INVALID, "request_id is missing");
	if (r->has_end) {
		o->kind = DECISION_LINE_ENDED;
		return OK;
	}
	if (!r->has_candidates || !r->has_choice || o->model.n == 0)
		return error_set(err, ERR_INVALID,
				 "model, candidates or chosen is missing");
	o->kind = DECISION_LINE_MADE;
	o->query.candidate = r->candidate;
	o->query.n = r->n;
	o->side = r->has_sides ? r->side : NULL;
	o->prefill = place_of(r, r->prefill);
	o->chosen = place_of(r, r->chosen);
	if ((r->chosen.n > 0 && o->chosen < 0) ||
	    (r->prefill.n > 0 && o->prefill < 0))
		return error_set(err, ERR_INVALID,
				 "the chosen is no candidate");
	for (size_t i = 0; i < r->n; i++)
		if (o->term[i].fetch_blocks > 0) /* else it is the store */
			o->term[i].source = place_of(r, r->source[i]);
	return OK;
}

enum status decision_read(struct slice line, struct arena *arena,
			  struct decision_line *out, struct error *err)
{
	struct reading r = {.arena = arena, .out = out};
	struct slice key;

	*out = (struct decision_line){
		.status = -1,
		.prompt_tokens = -1,
		.cached_tokens = -1,
		.ttfb_ms = -1,
		.chosen = -1,
		.prefill = -1,
	};
	json_begin(&r.scan, line, MAX_DEPTH);
	json_enter_object(&r.scan);
	while (json_member(&r.scan, &key))
		if (!take_member(&r, key))
			break;
	if (json_end(&r.scan) != OK)
		return error_set(err, ERR_INVALID, "byte %zu: %s",
				 json_offset(&r.scan), r.scan.why);
	return conclude(&r, err);
}
