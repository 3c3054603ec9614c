#include "router/placement/plan.h"

#include <math.h>
#include <stdlib.h>

#include "router/fleet/recent.h"
#include "router/policy/choose.h"
#include "router/policy/price.h"

/* As far as a plan looks ahead. */
#define HORIZON_S 10.0
/* Of a worker's time, what prompts may take: past it their wait grows fast. */
#define MOST_BUSY 0.7
/* What is ahead of a worker counts as work of so many ms. */
#define AHEAD_MS 5000.0
/* Sightings from which on demand is more than chance. */
#define LEAST_WEIGHT 3.0
/* What saves less is not worth its place among those under way. */
#define LEAST_GAIN_MS 5.0

/* A copy that is wanted, and the requests a second that would use it. */
struct want {
	enum plan_reason reason;
	double rate;
};

/* The best way to make it. */
struct way {
	int from, to;
	double fetch_ms, gain_ms;
	double score;
};

static double compute_ms(const struct plan_worker *w,
			 const struct plan_prefix *p)
{
	return price_prefill_ms(w->rates, 0, p->tokens, 0);
}

static double fetch_ms(const struct plan_worker *to,
		       const struct plan_worker *from,
		       const struct plan_prefix *p)
{
	const struct policy_candidate a = {.zone = to->zone, .rack = to->rack};
	const struct policy_candidate b = {.zone = from->zone,
					   .rack = from->rack};

	return price_fetch_ms(to->rates, price_distance(&a, &b), p->tokens);
}

/* Part of a worker's time that one request a second takes which finds the
 * prefix there. */
static double load_each(const struct plan_worker *w,
			const struct plan_prefix *p)
{
	return price_prefill_ms(w->rates, p->tokens, p->beyond,
				w->rates->step_ms) /
	       1e3;
}

static double heat(const struct plan_prefix *p)
{
	return p->outlook * p->tokens;
}

static int hottest_first(const void *a, const void *b)
{
	double x = heat(a), y = heat(b);

	return (x < y) - (x > y);
}

static size_t count_live(const struct plan_query *q,
			 const struct plan_prefix *p)
{
	size_t n = 0;

	for (size_t i = 0; i < q->n_workers; i++)
		n += p->holds[i] != PLAN_LACKS && q->worker[i].admits;
	return n;
}

static bool may_get(const struct plan_query *q, const struct plan_prefix *p,
		    size_t i)
{
	const struct plan_worker *w = &q->worker[i];

	return w->admits && w->fetches && p->holds[i] == PLAN_LACKS &&
	       w->busy < MOST_BUSY && w->getting < q->at_a_time &&
	       w->room_tokens >= p->tokens;
}

static bool may_give(const struct plan_query *q, const struct plan_prefix *p,
		     size_t i)
{
	const struct plan_worker *w = &q->worker[i];

	return w->gives && p->holds[i] == PLAN_HOLDS &&
	       w->giving < q->at_a_time;
}

/* --- what is wanted ------------------------------------------------------- */

static bool is_wanted_warm(const struct plan_query *q,
			   const struct plan_prefix *p)
{
	for (size_t i = 0; i < q->n_workers; i++)
		if (q->worker[i].warms && may_get(q, p, i))
			return true;
	return false;
}

/* Requests a second that those who hold it will have no time for. */
static double beyond_holders(const struct plan_query *q,
			     const struct plan_prefix *p)
{
	double over = 0, each = 0, n = 0, rate;

	for (size_t i = 0; i < q->n_workers; i++) {
		const struct plan_worker *w = &q->worker[i];

		if (p->holds[i] == PLAN_LACKS || !w->admits)
			continue;
		over += w->busy - MOST_BUSY;
		each += load_each(w, p);
		n++;
	}
	if (n == 0 || each <= 0)
		return 0;
	rate = over / (each / n) + most_of(p->outlook - p->rate, 0);
	return least_of(rate, p->outlook);
}

static bool find_want(const struct plan_query *q, const struct plan_prefix *p,
		      struct want *out)
{
	size_t live = count_live(q, p);

	*out = (struct want){PLAN_DRAIN, p->outlook};
	if (live == 0)
		return true;
	if (p->weight < LEAST_WEIGHT)
		return false;
	*out = (struct want){PLAN_WARM, p->outlook / (double)(live + 1)};
	if (is_wanted_warm(q, p))
		return true;
	*out = (struct want){PLAN_DEMAND, beyond_holders(q, p)};
	return out->rate > 0;
}

/* --- how ------------------------------------------------------------------ */

/* The chance that it is needed there, times what is saved then: by the first,
 * and by those who come while that would be computed. */
static double gain_ms(const struct plan_worker *to, const struct plan_prefix *p,
		      double fetch, double rate)
{
	double compute = compute_ms(to, p), saved = compute - fetch;
	double chance = 1 - exp(-rate * HORIZON_S);

	return chance * saved * (1 + rate * compute / 1e3) -
	       to->reuse * compute;
}

static int find_giver(const struct plan_query *q, const struct plan_prefix *p)
{
	int best = -1;

	for (size_t i = 0; i < q->n_workers; i++)
		if (may_give(q, p, i) &&
		    (best < 0 || q->worker[i].busy < q->worker[best].busy))
			best = (int)i;
	return best;
}

static struct way find_way(const struct plan_query *q,
			   const struct plan_prefix *p, const struct want *want)
{
	struct way best = {.from = find_giver(q, p), .to = -1};

	for (size_t i = 0; best.from >= 0 && i < q->n_workers; i++) {
		const struct plan_worker *w = &q->worker[i];
		double fetch, gain, score;

		if (!may_get(q, p, i) ||
		    (want->reason == PLAN_WARM && !w->warms))
			continue;
		fetch = fetch_ms(w, &q->worker[best.from], p);
		gain = gain_ms(w, p, fetch, want->rate);
		score = gain * (MOST_BUSY - w->busy);
		if (gain < LEAST_GAIN_MS ||
		    (best.to >= 0 && score <= best.score))
			continue;
		best.to = (int)i;
		best.fetch_ms = fetch;
		best.gain_ms = gain;
		best.score = score;
	}
	return best;
}

static void take_from_busiest(const struct plan_query *q,
			      const struct plan_prefix *p, double load)
{
	struct plan_worker *busiest = NULL;

	for (size_t i = 0; i < q->n_workers; i++)
		if (p->holds[i] != PLAN_LACKS && q->worker[i].admits &&
		    (busiest == NULL || q->worker[i].busy > busiest->busy))
			busiest = &q->worker[i];
	if (busiest != NULL)
		busiest->busy = most_of(busiest->busy - load, 0);
}

/* As it will be when it is done. */
static void carry_out(const struct plan_query *q, struct plan_prefix *p,
		      const struct want *want, const struct way *way)
{
	struct plan_worker *to = &q->worker[way->to];
	double load = want->rate * load_each(to, p);

	take_from_busiest(q, p, load);
	to->busy += load;
	to->room_tokens -= p->tokens;
	to->getting++;
	q->worker[way->from].giving++;
	p->holds[way->to] = PLAN_COMING;
}

double plan_busy(const struct policy_rates *r, uint64_t recent_tokens,
		 double ahead_ms)
{
	double a_second = (double)recent_tokens * M_LN2 /
			  (RECENT_HALF_MS / 1e3);

	return a_second * r->token_ms / 1e3 + ahead_ms / AHEAD_MS;
}

size_t plan_make(struct plan_query *q, struct plan_move *out)
{
	size_t n = 0;

	/* Of none there may be no array, which qsort() must not be given. */
	if (q->n_prefixes > 0)
		qsort(q->prefix, q->n_prefixes, sizeof(*q->prefix),
		      hottest_first);
	for (size_t i = 0; i < q->n_prefixes; i++) {
		struct plan_prefix *p = &q->prefix[i];
		struct want want;

		while (n < q->max_moves && find_want(q, p, &want)) {
			struct way way = find_way(q, p, &want);

			if (way.to < 0)
				break;
			out[n++] = (struct plan_move){
				.prefix = p->id,
				.from = (unsigned)way.from,
				.to = (unsigned)way.to,
				.reason = want.reason,
				.rate = want.rate,
				.gain_ms = way.gain_ms,
				.fetch_ms = way.fetch_ms,
			};
			carry_out(q, p, &want, &way);
		}
	}
	return n;
}

const char *plan_reason_name(enum plan_reason r)
{
	static const char *const name[] = {
#define X(id, name) [PLAN_##id] = (name),
		PLAN_REASONS(X)
#undef X
	};

	return name[r];
}
