#include "tests/scenario/script.h"

#include "tests/scenario/prompt.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct range {
	double low, high;
};

static bool range_parse(struct slice text, struct range *out)
{
	size_t at = 0;

	while (at + 1 < text.n && !(text.p[at] == '.' && text.p[at + 1] == '.'))
		at++;
	if (at + 1 >= text.n) {
		out->high = 0;
		return script_number(text, &out->low) &&
		       script_number(text, &out->high);
	}
	out->high = INFINITY;
	return script_number((struct slice){text.p, at}, &out->low) &&
	       (at + 2 == text.n ||
		script_number(slice_from(text, at + 2), &out->high));
}

static void hold_to(struct script *s, const char *what, double got,
		    struct slice wanted)
{
	struct range r;

	if (!range_parse(wanted, &r))
		script_fail(s, "'%.*s' is no range: write 3, 3..5 or 3..",
			    SLICE_ARG(wanted));
	else if (!(got >= r.low - 1e-9 && got <= r.high + 1e-9))
		script_fail(s, "%s: expected %.*s, got %.4g", what,
			    SLICE_ARG(wanted), got);
}

static double share_of(const struct world *w, unsigned worker)
{
	uint64_t served = w->requests - w->failed;

	return served ? (double)w->worker[worker].served / (double)served : 0;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double quantile(double *ms, size_t n, double q)
{
	size_t at = (size_t)(q * (double)n);

	if (n == 0)
		return NAN;
	qsort(ms, n, sizeof(*ms), ascending);
	return ms[at < n ? at : n - 1];
}

static void expect_quantile(struct script *s, const struct slice *word,
			    double q)
{
	struct world *w = s->world;

	if (slice_equal(word[0], SLICE("ttft")))
		hold_to(s, "ttft", quantile(w->ttft_ms, w->n_ttft, q), word[2]);
	else
		hold_to(s, "wait",
			quantile(w->lobby.waited_ms, w->lobby.n_waited, q),
			word[2]);
}

static void expect_each(struct script *s, struct slice wanted)
{
	char what[32];

	for (size_t i = 0; i < s->world->n; i++) {
		if (s->world->worker[i].state != POLICY_ALLOWED)
			continue;
		snprintf(what, sizeof(what), "share w%zu", i + 1);
		hold_to(s, what, share_of(s->world, (unsigned)i), wanted);
	}
}

static void expect_of_worker(struct script *s, const struct slice *word)
{
	char what[32];
	unsigned i;

	if (!script_worker(s, word[1], &i))
		return;
	snprintf(what, sizeof(what), "%.*s w%u", SLICE_ARG(word[0]), i + 1);
	if (slice_equal(word[0], SLICE("share")))
		hold_to(s, what, share_of(s->world, i), word[2]);
	else if (slice_equal(word[0], SLICE("peak")))
		hold_to(s, what, s->world->worker[i].peak, word[2]);
	else
		hold_to(s, what, (double)s->world->worker[i].served, word[2]);
}

static void expect_words(struct script *s, const char *what, const char *got,
			 const struct slice *word, size_t n)
{
	struct slice all = {word[0].p, 0};

	all.n = (size_t)(word[n - 1].p + word[n - 1].n - word[0].p);
	if (got == NULL || !slice_equal(all, slice_of(got)))
		script_fail(s, "%s: expected %.*s, got %s", what,
			    SLICE_ARG(all), got ? got : "none");
}

/* PROMPT FROM TO REASON */
static void expect_move(struct script *s, const struct slice *word)
{
	uint64_t key = prompt_key(s->world, word[0]);
	const struct place_move *m;
	unsigned from, to;

	if (!script_worker(s, word[1], &from) ||
	    !script_worker(s, word[2], &to))
		return;
	m = place_find(&s->world->place, key, to);
	if (m == NULL || m->from != from ||
	    !slice_equal(word[3], slice_of(plan_reason_name(m->reason))))
		script_fail(s,
			    "move: no such one of %zu; to there: %s from w%d",
			    s->world->place.n,
			    m ? plan_reason_name(m->reason) : "none",
			    m ? (int)m->from + 1 : 0);
}

static void expect_one(struct script *s, struct slice what, struct slice wanted)
{
	struct world *w = s->world;

	if (slice_equal(what, SLICE("each")))
		expect_each(s, wanted);
	else if (slice_equal(what, SLICE("failed")))
		hold_to(s, "failed", (double)w->failed, wanted);
	else if (slice_equal(what, SLICE("requests")))
		hold_to(s, "requests", (double)w->requests, wanted);
	else if (slice_equal(what, SLICE("answered")))
		hold_to(s, "answered", (double)w->n_ttft, wanted);
	else if (slice_equal(what, SLICE("moves")))
		hold_to(s, "moves", (double)w->place.n, wanted);
	else if (slice_equal(what, SLICE("waiting")))
		hold_to(s, "waiting", (double)w->lobby.n_waiting, wanted);
	else if (slice_equal(what, SLICE("waited")))
		hold_to(s, "waited", (double)w->lobby.n_waited, wanted);
	else if (slice_equal(what, SLICE("cached")))
		hold_to(s, "cached",
			(double)w->cached_tokens / (double)w->prompt_tokens,
			wanted);
	else
		script_fail(s, "expect %.*s: no such thing", SLICE_ARG(what));
}

static void expect_source(struct script *s, struct slice word)
{
	int source = s->last.source;
	unsigned w;

	if (slice_equal(word, SLICE("none")) && source < 0)
		return;
	if (slice_equal(word, SLICE("store"))) {
		if (source == WORLD_STORE)
			return;
	} else if (source >= 0 && script_worker(s, word, &w) &&
		   source == (int)w) {
		return;
	}
	script_fail(s, "source: expected %.*s, got w%d", SLICE_ARG(word),
		    source + 1);
}

static void expect_prefill(struct script *s, struct slice word)
{
	int prefill = s->last.prefill;
	unsigned w;

	if (slice_equal(word, SLICE("none"))
		    ? prefill < 0
		    : script_worker(s, word, &w) && prefill == (int)w)
		return;
	script_fail(s, "prefill: expected %.*s, got w%d", SLICE_ARG(word),
		    prefill + 1);
}

void script_expect(struct script *s, const struct slice *word, size_t n)
{
	double q;

	if (n >= 2 && slice_equal(word[0], SLICE("reason"))) {
		expect_words(s, "reason", s->last.decision.reason, word + 1,
			     n - 1);
	} else if (n >= 2 && slice_equal(word[0], SLICE("order"))) {
		expect_words(s, "order", s->world->lobby.order, word + 1,
			     n - 1);
	} else if (n == 3 &&
		   (slice_equal(word[0], SLICE("ttft")) ||
		    slice_equal(word[0], SLICE("wait"))) &&
		   slice_starts(word[1], SLICE("p")) &&
		   script_number(slice_from(word[1], 1), &q)) {
		expect_quantile(s, word, q / 100);
	} else if (n == 3 && (slice_equal(word[0], SLICE("share")) ||
			      slice_equal(word[0], SLICE("peak")) ||
			      slice_equal(word[0], SLICE("served")))) {
		expect_of_worker(s, word);
	} else if (n == 5 && slice_equal(word[0], SLICE("move"))) {
		expect_move(s, word + 1);
	} else if (n == 2 && slice_equal(word[0], SLICE("source"))) {
		expect_source(s, word[1]);
	} else if (n == 2 && slice_equal(word[0], SLICE("prefill"))) {
		expect_prefill(s, word[1]);
	} else if (n == 2) {
		expect_one(s, word[0], word[1]);
	} else {
		script_fail(s, "expect: what, and a range");
	}
}
