#include "router/decision/write.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "common/base/clock.h"
#include "router/decision/field.h"

static void put_name(struct buf *out, const char *name)
{
	buf_puts(out, ",\"");
	buf_puts(out, name);
	buf_puts(out, "\":");
}

static void put_text(struct buf *out, const char *name, const char *text)
{
	put_name(out, name);
	if (text == NULL)
		buf_puts(out, "null");
	else
		buf_json_string(out, slice_of(text));
}

static void put_u64(struct buf *out, const char *name, uint64_t value)
{
	put_name(out, name);
	buf_u64(out, value);
}

/* Where it is told. */
static void put_count(struct buf *out, const char *name, int64_t value)
{
	if (value >= 0)
		put_u64(out, name, (uint64_t)value);
}

static void put_cost(struct buf *out, const char *name, double value,
		     bool exact)
{
	put_name(out, name);
	if (isfinite(value))
		buf_printf(out, exact ? "%.17g" : "%.6g", value);
	else
		buf_puts(out, "null");
}

static const char *worker_name(const struct decision_record *r, int place)
{
	return place < 0 ? NULL : r->roster->worker[place];
}

/* --- candidates ------------------------------------------------------ */

/* How much is told: to a person, or to whoever makes it again. */
struct telling {
	const struct decision_record *r;
	bool log;
	struct buf *out;
};

static void put_fields(const struct telling *t, const struct decision_field *f,
		       const void *owner)
{
	bool priced = strcmp(t->r->policy->unit, "ms") == 0;

	for (; f->name != NULL; f++) {
		bool zero = decision_field_get(f, owner) == 0;

		if (zero && (t->log || (f->flags & DECISION_TOO)))
			continue;
		if (zero && !priced && (f->flags & DECISION_PRICED))
			continue;
		put_name(t->out, f->name);
		decision_field_write(f, owner, t->log, t->out);
	}
}

static void put_exclusion(const struct telling *t, enum policy_exclusion e)
{
	if (e != POLICY_ALLOWED)
		put_text(t->out, "excluded", policy_exclusion_name(e));
	else if (!t->log)
		put_text(t->out, "excluded", NULL);
}

static void put_rates(const struct telling *t, const struct policy_rates *rates)
{
	const struct decision_field *f = decision_rates_field;

	put_name(t->out, "rates");
	for (size_t i = 0; f[i].name != NULL; i++) {
		buf_printf(t->out, "%s\"%s\":", i == 0 ? "{" : ",", f[i].name);
		decision_field_write(&f[i], rates, t->log, t->out);
	}
	buf_putc(t->out, '}');
}

/* Of who may be an end of a pair. */
static void put_side(const struct telling *t, const struct pair_side *s)
{
	put_fields(t, decision_side_field, s);
	if ((s->gives || s->takes) && s->exclusion != POLICY_ALLOWED)
		put_text(t->out, "excluded_in_pairs",
			 policy_exclusion_name(s->exclusion));
}

static void put_way(const struct telling *t, const struct decision_way *w)
{
	buf_puts(t->out, "{\"worker\":");
	buf_json_string(t->out, slice_of(t->r->roster->worker[w->place]));
	if (t->log)
		buf_printf(t->out, ",\"name_hash\":\"%016" PRIx64 "\"",
			   w->candidate.name_hash);
	put_exclusion(t, w->candidate.exclusion);
	if (!t->log)
		put_fields(t, decision_part_field, &w->term);
	put_fields(t, decision_candidate_field, &w->candidate);
	put_side(t, &w->side);
	put_fields(t, decision_term_field, &w->term);
	if (w->term.source >= 0 && (size_t)w->term.source < t->r->roster->n) {
		put_text(t->out, "source", worker_name(t->r, w->term.source));
		put_u64(t->out, "fetch_blocks", w->term.fetch_blocks);
	}
	if (decision_load_blocks(&w->candidate, &w->term) > 0) {
		put_text(t->out, "source", t->r->roster->store);
		put_u64(t->out, "load_blocks",
			decision_load_blocks(&w->candidate, &w->term));
	}
	if (w->has_rates)
		put_rates(t, &w->rates);
	buf_putc(t->out, '}');
}

static void put_brief(const struct telling *t, const struct decision_brief *b)
{
	buf_puts(t->out, "{\"worker\":");
	buf_json_string(t->out, slice_of(t->r->roster->worker[b->place]));
	put_exclusion(t, b->exclusion);
	put_u64(t->out, "held_blocks", b->held_blocks);
	put_cost(t->out, "cost", b->cost, false);
	buf_putc(t->out, '}');
}

static void put_candidates(const struct telling *t)
{
	const struct decision_record *r = t->r;
	const struct decision_brief *brief = decision_briefs(r);

	buf_puts(t->out, ",\"candidates\":[");
	for (uint32_t i = 0; i < r->n_full; i++) {
		if (i > 0)
			buf_putc(t->out, ',');
		put_way(t, &r->way[i]);
	}
	buf_putc(t->out, ']');
	if (r->n_brief == 0)
		return;
	buf_puts(t->out, ",\"others\":[");
	for (uint32_t i = 0; i < r->n_brief; i++) {
		if (i > 0)
			buf_putc(t->out, ',');
		put_brief(t, &brief[i]);
	}
	buf_putc(t->out, ']');
}

/* --- the rest ----------------------------------------------------------- */

static void put_prompt(const struct telling *t)
{
	const struct decision_record *r = t->r;

	put_text(t->out, "tokenized", r->tokenized);
	put_u64(t->out, "prompt_tokens", r->prompt_tokens);
	put_u64(t->out, "block_size", r->block_size);
	put_u64(t->out, "prompt_blocks", r->prompt_blocks);
	if (r->output_tokens > 0)
		put_u64(t->out, "output_tokens", r->output_tokens);
	if (r->guessed_tokens > 0)
		put_u64(t->out, "guessed_tokens", r->guessed_tokens);
	if (t->log && r->session != 0)
		buf_printf(t->out, ",\"session\":\"%016" PRIx64 "\"",
			   r->session);
}

static void put_choice(const struct telling *t)
{
	const struct decision_record *r = t->r;
	const struct decision_way *w = decision_way_of(r, r->chosen);

	put_name(t->out, "decision_us");
	buf_printf(t->out, "%.1f", (double)r->took_ns / 1e3);
	put_text(t->out, "chosen", worker_name(r, r->chosen));
	put_text(t->out, "reason", r->reason != NULL ? r->reason : "");
	if (w != NULL)
		put_u64(t->out, "predicted_cached_tokens",
			(uint64_t)decision_held_blocks(&w->candidate) *
				r->block_size);
}

static void put_pair(const struct telling *t)
{
	const struct decision_record *r = t->r;

	if (r->prefill < 0)
		return;
	put_text(t->out, "prefill", worker_name(r, r->prefill));
	put_cost(t->out, "pair_ms", r->pair_ms, t->log);
	put_cost(t->out, "alone_ms", r->alone_ms, t->log);
}

static void put_shadow(const struct telling *t)
{
	const struct decision_shadow *s = &t->r->shadow;

	if (s->policy == NULL)
		return;
	buf_puts(t->out, ",\"shadow\":{\"policy\":");
	buf_json_string(t->out, slice_of(s->policy->name));
	put_text(t->out, "unit", s->policy->unit);
	put_text(t->out, "chosen", worker_name(t->r, s->chosen.decode));
	if (s->chosen.prefill >= 0)
		put_text(t->out, "prefill",
			 worker_name(t->r, s->chosen.prefill));
	put_text(t->out, "reason", s->reason);
	put_name(t->out, "same");
	buf_puts(t->out, s->change == AGAIN_SAME ? "true" : "false");
	put_text(t->out, "change", again_change_name(s->change));
	put_cost(t->out, "cost", s->cost, t->log);
	put_cost(t->out, "live_cost", s->live_cost, t->log);
	put_u64(t->out, "predicted_cached_tokens", s->held_tokens);
	put_u64(t->out, "live_predicted_cached_tokens", s->live_held_tokens);
	buf_putc(t->out, '}');
}

static void put_keys(const struct telling *t)
{
	const uint64_t *key = decision_keys(t->r);

	if (!t->log || t->r->n_keys == 0)
		return;
	put_u64(t->out, "key_stride", t->r->key_stride);
	buf_puts(t->out, ",\"keys\":[");
	for (uint32_t i = 0; i < t->r->n_keys; i++)
		buf_printf(t->out, "%s\"%016" PRIx64 "\"", i == 0 ? "" : ",",
			   key[i]);
	buf_putc(t->out, ']');
}

static void put_outcome(const struct decision_outcome *o, struct buf *out)
{
	buf_puts(out, "{\"outcome\":");
	buf_json_string(out, slice_of(o->name));
	if (o->why != NULL)
		put_text(out, "why", o->why);
	put_u64(out, "status", o->status);
	put_count(out, "prompt_tokens", o->prompt_tokens);
	put_count(out, "cached_tokens", o->cached_tokens);
	put_count(out, "output_tokens", o->output_tokens);
	if (o->prediction != NULL)
		put_text(out, "prediction", o->prediction);
	if (o->first_us > 0) {
		put_name(out, "ttfb_ms");
		buf_fixed(out, o->first_us, 3);
	}
	put_name(out, "duration_ms");
	buf_fixed(out, o->duration_us, 3);
	if (o->queue_ms > 0)
		put_u64(out, "queue_ms", o->queue_ms);
	buf_putc(out, '}');
}

static void put_decision(const struct telling *t)
{
	const struct decision_record *r = t->r;
	char when[CLOCK_TEXT_BYTES];

	buf_puts(t->out, "{\"request_id\":");
	buf_json_string(t->out, slice_of(r->id));
	if (r->client_id[0] != '\0')
		put_text(t->out, "client_request_id", r->client_id);
	put_text(t->out, "time", clock_text(r->wall_us, when));
	put_u64(t->out, "try", r->try);
	put_text(t->out, "model", r->roster->model);
	put_text(t->out, "policy", r->policy->name);
	put_text(t->out, "unit", r->policy->unit);
	put_prompt(t);
	put_choice(t);
	put_pair(t);
	put_candidates(t);
	put_shadow(t);
	put_keys(t);
}

void decision_write(const struct decision_record *r, struct buf *out)
{
	const struct telling t = {r, false, out};

	put_decision(&t);
	put_name(out, "outcome");
	if (r->outcome.name != NULL)
		put_outcome(&r->outcome, out);
	else
		buf_puts(out, "null");
	buf_putc(out, '}');
}

void decision_write_log(const struct decision_record *r, struct buf *out)
{
	const struct telling t = {r, true, out};

	put_decision(&t);
	buf_putc(out, '}');
}

void decision_write_outcome(const char *id, const struct decision_outcome *o,
			    struct buf *out)
{
	buf_puts(out, "{\"request_id\":");
	buf_json_string(out, slice_of(id));
	put_name(out, "ended");
	put_outcome(o, out);
	buf_putc(out, '}');
}
