#include "router/decision/replay_report.h"

#include <inttypes.h>
#include <stdio.h>

static double percent(uint64_t part, uint64_t of)
{
	return of > 0 ? 100 * (double)part / (double)of : 0;
}

/* --- text ---------------------------------------------------------------- */

static void text_row(struct buf *out, const char *what, double recorded,
		     double again, int decimals)
{
	buf_printf(out, "  %-40s %14.*f %14.*f", what, decimals, recorded,
		   decimals, again);
	if (recorded != 0)
		buf_printf(out, "   %+.1f %%",
			   100 * (again - recorded) / recorded);
	buf_putc(out, '\n');
}

static void text_cost(const struct replay *r, struct buf *out)
{
	char what[80];

	snprintf(what, sizeof(what), "cost by %s, mean (%s)",
		 r->model->policy->name, r->model->policy->unit);
	text_row(out, what, replay_mean_of(&r->recorded.cost),
		 replay_mean_of(&r->again.cost), 1);
	if (r->recorded.first.n > 0)
		text_row(out, "first token expected, mean (ms)",
			 replay_mean_of(&r->recorded.first),
			 replay_mean_of(&r->again.first), 1);
}

static void text_workers(const struct replay *r, struct buf *out)
{
	text_row(out, "busiest worker over the mean one",
		 replay_imbalance(r, false), replay_imbalance(r, true), 2);
	for (size_t i = 0; i < r->n_workers; i++) {
		const struct replay_worker *w = r->worker[i];

		buf_printf(out, "    %-38.38s %14" PRIu64 " %14" PRIu64 "\n",
			   w->name, w->recorded, w->again);
	}
}

static void text_outcome(const char *who, const struct replay_outcome *o,
			 struct buf *out)
{
	if (o->n == 0)
		return;
	buf_printf(out, "  %s: %" PRIu64, who, o->n);
	if (o->ttfb_ms.n > 0)
		buf_printf(out, ", first byte after %.1f ms in the mean",
			   replay_mean_of(&o->ttfb_ms));
	if (o->prompt_tokens > 0)
		buf_printf(out,
			   ", %.1f %% of the prompts' tokens cached, where "
			   "%.1f %% were expected",
			   percent(o->cached_tokens, o->prompt_tokens),
			   percent(o->held_tokens, o->prompt_tokens));
	buf_putc(out, '\n');
}

static void text_pairs(const struct replay_pairs *p, struct buf *out)
{
	static const char *const what[AGAIN_CHANGES] = {
		[AGAIN_PREFILL] = "another prefill worker",
		[AGAIN_DECODE] = "another decode worker",
		[AGAIN_PAIR] = "another pair",
		[AGAIN_ALONE] = "one worker alone",
		[AGAIN_SPLIT] = "two where it was one",
	};

	buf_printf(out,
		   "  %" PRIu64 " could be split between two workers: %" PRIu64
		   " were, %" PRIu64 " would be\n",
		   p->n, p->recorded, p->again);
	for (size_t i = 0; i < AGAIN_CHANGES; i++)
		if (what[i] != NULL && p->to[i] > 0)
			buf_printf(out, "    %-38s %14" PRIu64 "\n", what[i],
				   p->to[i]);
	buf_putc(out, '\n');
}

void replay_report_text(const struct replay *r, struct buf *out)
{
	uint64_t moved = r->n - r->same;

	buf_printf(out,
		   "model %s: %" PRIu64 " decisions of %s, made again by %s\n"
		   "  %" PRIu64 " of them (%.1f %%) would go elsewhere\n\n",
		   r->model->name, r->n, r->policy ? r->policy : "no policy",
		   r->model->policy->name, moved, percent(moved, r->n));
	if (r->split > 0)
		buf_printf(out,
			   "  %" PRIu64 " more were split between two workers, "
			   "by a gateway that did not tell between which they "
			   "could be: they are left out\n\n",
			   r->split);
	if (r->pairs.n > 0)
		text_pairs(&r->pairs, out);
	if (r->n == 0)
		return;
	buf_printf(out, "  %-40s %14s %14s\n", "", "recorded", "again");
	text_row(out, "tokens expected in the cache",
		 (double)r->recorded.held_tokens, (double)r->again.held_tokens,
		 0);
	buf_printf(out, "  %-40s %14" PRIu64 "\n", "  most that any worker had",
		   r->best_held_tokens);
	text_cost(r, out);
	text_row(out, "decisions for nobody", (double)r->recorded.nobody,
		 (double)r->again.nobody, 0);
	text_workers(r, out);
	buf_puts(out, "\n  what came of those that\n");
	text_outcome("  would stay where they were", &r->stays, out);
	text_outcome("  would go elsewhere", &r->goes, out);
}

/* --- JSON ---------------------------------------------------------------- */

static void json_mean(struct buf *out, const char *name,
		      const struct replay_mean *m)
{
	if (m->n > 0)
		buf_printf(out, ",\"%s\":%.9g", name, replay_mean_of(m));
	else
		buf_printf(out, ",\"%s\":null", name);
}

static void json_side(const struct replay *r, bool again, struct buf *out)
{
	const struct replay_side *s = again ? &r->again : &r->recorded;

	buf_printf(out,
		   "{\"held_tokens\":%" PRIu64 ",\"nobody\":%" PRIu64
		   ",\"imbalance\":%.6g",
		   s->held_tokens, s->nobody, replay_imbalance(r, again));
	json_mean(out, "cost", &s->cost);
	json_mean(out, "first_token_ms", &s->first);
	buf_puts(out, ",\"workers\":{");
	for (size_t i = 0; i < r->n_workers; i++) {
		const struct replay_worker *w = r->worker[i];

		if (i > 0)
			buf_putc(out, ',');
		buf_json_string(out, slice_of(w->name));
		buf_printf(out, ":%" PRIu64, again ? w->again : w->recorded);
	}
	buf_puts(out, "}}");
}

static void json_outcome(const struct replay_outcome *o, struct buf *out)
{
	buf_printf(out,
		   "{\"requests\":%" PRIu64 ",\"held_tokens\":%" PRIu64
		   ",\"prompt_tokens\":%" PRIu64 ",\"cached_tokens\":%" PRIu64,
		   o->n, o->held_tokens, o->prompt_tokens, o->cached_tokens);
	json_mean(out, "ttfb_ms", &o->ttfb_ms);
	buf_putc(out, '}');
}

static void json_pairs(const struct replay_pairs *p, struct buf *out)
{
	buf_printf(out,
		   "{\"decisions\":%" PRIu64 ",\"recorded\":%" PRIu64
		   ",\"again\":%" PRIu64 ",\"changes\":{",
		   p->n, p->recorded, p->again);
	for (int i = 0; i < AGAIN_CHANGES; i++)
		buf_printf(out, "%s\"%s\":%" PRIu64, i > 0 ? "," : "",
			   again_change_name(i), p->to[i]);
	buf_puts(out, "}}");
}

void replay_report_json(const struct replay *r, struct buf *out)
{
	buf_puts(out, "{\"model\":");
	buf_json_string(out, slice_of(r->model->name));
	buf_puts(out, ",\"recorded_policy\":");
	buf_json_string(out, slice_of(r->policy ? r->policy : ""));
	buf_puts(out, ",\"policy\":");
	buf_json_string(out, slice_of(r->model->policy->name));
	buf_puts(out, ",\"unit\":");
	buf_json_string(out, slice_of(r->model->policy->unit));
	buf_printf(out,
		   ",\"decisions\":%" PRIu64 ",\"elsewhere\":%" PRIu64
		   ",\"split\":%" PRIu64 ",\"best_held_tokens\":%" PRIu64
		   ",\"pairs\":",
		   r->n, r->n - r->same, r->split, r->best_held_tokens);
	json_pairs(&r->pairs, out);
	buf_puts(out, ",\"recorded\":");
	json_side(r, false, out);
	buf_puts(out, ",\"again\":");
	json_side(r, true, out);
	buf_puts(out, ",\"stays\":");
	json_outcome(&r->stays, out);
	buf_puts(out, ",\"goes_elsewhere\":");
	json_outcome(&r->goes, out);
	buf_putc(out, '}');
}
