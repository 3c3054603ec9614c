#include "router/policy/learn.h"

#include "router/policy/price.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is believed at first may be off by as much as itself: a variance, in
 * squares of the median deviation. */
#define PRIOR 2.2
/* Of the pull, while it is found out how far the best fit is off. */
#define LOOSELY 0.1
/* A fit weighs what it is off by anew so many times. */
#define ROUNDS 4
#define SWEEPS 40
/* At first each observation is fitted, then one in some. */
#define SOON   16
#define SELDOM 4
/* Relative errors that are ordinary in any case. */
#define SPREAD_LEAST 0.02
#define FACTOR_LEAST 0.01
#define FACTOR_MOST  100.0

/* factor that minimises the weighted squares: a * factor = b, but for the
 * pull to where it began. */
struct squares {
	double a[LEARN_PARTS][LEARN_PARTS], b[LEARN_PARTS];
	double pull;
};

static void fit_init(struct learn_fit *f, size_t n)
{
	*f = (struct learn_fit){
		.n = n, .factor = {1, 1, 1, 1}, .anchor = {1, 1, 1, 1}};
}

static void fit_restart(struct learn_fit *f)
{
	memcpy(f->anchor, f->factor, sizeof(f->anchor));
	f->count = 0;
}

static size_t fit_size(const struct learn_fit *f)
{
	return f->count < LEARN_WINDOW ? f->count : LEARN_WINDOW;
}

static double fit_error(const struct learn_fit *f, const struct learn_seen *s)
{
	double said = s->known;

	for (size_t i = 0; i < f->n; i++)
		said += f->factor[i] * s->part[i];
	return 1 - said;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double fit_spread(const struct learn_fit *f)
{
	double off[LEARN_WINDOW];
	size_t n = fit_size(f);

	for (size_t i = 0; i < n; i++)
		off[i] = fabs(fit_error(f, &f->seen[i]));
	qsort(off, n, sizeof(*off), by_value);
	return fmax(off[n / 2], SPREAD_LEAST);
}

static void add_seen(struct squares *q, const struct learn_fit *f,
		     const struct learn_seen *s, double weight)
{
	for (size_t i = 0; i < f->n; i++) {
		q->b[i] += weight * s->part[i] * (1 - s->known);
		for (size_t j = 0; j < f->n; j++)
			q->a[i][j] += weight * s->part[i] * s->part[j];
	}
}

/* The pull is that of a gamma distribution whose mode is the anchor: it grows
 * without bound towards 0, and it leaves a quadratic equation to solve. What no
 * observation speaks of stays where it is. */
static void solve_one(struct learn_fit *f, const struct squares *q, size_t i)
{
	double a = q->a[i][i], rest = q->b[i] + a * f->factor[i], root;

	if (a <= 0)
		return;
	for (size_t j = 0; j < f->n; j++)
		rest -= q->a[i][j] * f->factor[j];
	rest -= q->pull / f->anchor[i];
	root = sqrt(rest * rest + 4 * a * q->pull);
	f->factor[i] = rest > 0 ? (rest + root) / (2 * a)
				: 2 * q->pull / (root - rest);
	f->factor[i] = fmax(FACTOR_LEAST, fmin(FACTOR_MOST, f->factor[i]));
}

static void solve(struct learn_fit *f, const struct squares *q)
{
	for (int sweep = 0; sweep < SWEEPS; sweep++)
		for (size_t i = 0; i < f->n; i++)
			solve_one(f, q, i);
}

/* A part counts by how far it stands out of what is off: one that is lost in
 * it stays at its anchor, rather than wander with it. */
static void fit_round(struct learn_fit *f, double part)
{
	double spread = fit_spread(f);
	struct squares q = {.pull = part * PRIOR * spread * spread};

	for (size_t i = 0; i < fit_size(f); i++) {
		double off = fit_error(f, &f->seen[i]) / (3 * spread);

		add_seen(&q, f, &f->seen[i], 1 / (1 + off * off));
	}
	solve(f, &q);
}

static void fit_observe(struct learn_fit *f, const double *part, double known,
			double ms)
{
	struct learn_seen *s = &f->seen[f->count % LEARN_WINDOW];

	if (!(ms > known) || !isfinite(ms))
		return;
	for (size_t i = 0; i < f->n; i++)
		s->part[i] = (float)(part[i] / ms);
	s->known = (float)(known / ms);
	f->count++;
	if (f->count > SOON && f->count % SELDOM != 0)
		return;
	/* A pull by what it is off itself would hold a wrong prior. */
	for (int i = 0; i < ROUNDS; i++)
		fit_round(f, LOOSELY);
	fit_round(f, 1);
}

/* --- links --------------------------------------------------------------- */

void learn_link_init(struct learn_link *l, double ms, double token_ms)
{
	*l = (struct learn_link){ms, token_ms, ms, token_ms, {0}};
	fit_init(&l->fit, 2);
}

void learn_link_observe(struct learn_link *l, double tokens, double ms)
{
	double part[LEARN_PARTS] = {l->prior_ms, l->prior_token_ms * tokens};

	fit_observe(&l->fit, part, 0, ms);
	l->ms = l->prior_ms * l->fit.factor[0];
	l->token_ms = l->prior_token_ms * l->fit.factor[1];
}

/* --- rates --------------------------------------------------------------- */

/* The step is learned twice: where there is decoding it is seen bare. */
static double step_factor(const struct learn *l)
{
	bool bare = l->decode.count > 0 || l->decode.factor[0] != 1;

	return bare ? l->decode.factor[0] : l->prefill.factor[0];
}

/* Behind the start of a fetch, the pace by distance. */
static double fetch_factor(const struct learn *l, enum policy_distance d)
{
	double own = l->fetch.factor[1 + d];

	return own != 1 ? own : l->fetch.factor[1 + POLICY_IN_ZONE];
}

static void believe(struct learn *l)
{
	struct policy_rates *r = &l->rates;
	const struct policy_rates *p = &l->prior;

	r->overhead_ms = p->overhead_ms * l->prefill.factor[3];
	r->step_ms = p->step_ms * step_factor(l);
	r->token_ms = p->token_ms * l->prefill.factor[1];
	r->attention_ms = p->attention_ms * l->prefill.factor[2];
	r->sequence_ms = p->sequence_ms * l->decode.factor[1];
	r->kv_ms = p->kv_ms * l->decode.factor[2];
	r->fetch_ms = p->fetch_ms * l->fetch.factor[0];
	r->fetch_token_ms = p->fetch_token_ms * fetch_factor(l, POLICY_IN_ZONE);
	r->fetch_rack_token_ms = p->fetch_rack_token_ms *
				 fetch_factor(l, POLICY_IN_RACK);
	r->fetch_across_token_ms = p->fetch_across_token_ms *
				   fetch_factor(l, POLICY_ACROSS);
	r->load_ms = l->load.ms;
	r->load_token_ms = l->load.token_ms;
}

void learn_init(struct learn *l, const struct policy_rates *prior)
{
	*l = (struct learn){.prior = *prior, .rates = *prior};
	fit_init(&l->prefill, 4);
	fit_init(&l->decode, 3);
	fit_init(&l->fetch, 1 + POLICY_DISTANCES);
	learn_link_init(&l->load, prior->load_ms, prior->load_token_ms);
}

void learn_restart(struct learn *l)
{
	fit_restart(&l->prefill);
	fit_restart(&l->decode);
	fit_restart(&l->fetch);
	fit_restart(&l->load.fit);
}

void learn_prefill(struct learn *l, double context, double tokens,
		   double decoding_ms, bool fresh, double ms)
{
	const struct policy_rates *p = &l->prior;
	double steps = p->budget > 0 ? ceil(tokens / p->budget) : 1;
	double part[LEARN_PARTS] = {
		steps * p->step_ms,
		p->token_ms * tokens,
		p->attention_ms * tokens * (context + tokens / 2),
		fresh ? p->overhead_ms : 0,
	};

	if (tokens <= 0)
		return;
	fit_observe(&l->prefill, part, steps * decoding_ms, ms);
	believe(l);
}

void learn_step(struct learn *l, double sequences, double kv_tokens, double ms)
{
	const struct policy_rates *p = &l->prior;
	double part[LEARN_PARTS] = {
		p->step_ms,
		p->sequence_ms * sequences,
		p->kv_ms * kv_tokens,
	};

	fit_observe(&l->decode, part, 0, ms);
	believe(l);
}

void learn_fetch(struct learn *l, enum policy_distance d, double tokens,
		 double ms)
{
	double part[LEARN_PARTS] = {l->prior.fetch_ms};

	part[1 + d] = price_fetch_token_ms(&l->prior, d) * tokens;
	fit_observe(&l->fetch, part, 0, ms);
	believe(l);
}

void learn_load(struct learn *l, double tokens, double ms)
{
	learn_link_observe(&l->load, tokens, ms);
	believe(l);
}
