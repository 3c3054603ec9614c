/* One price in ms for each way to serve a request: the time that it takes
 * itself, and the time that it takes from others.
 *
 *	own time = max(wait for the queue, transfer) + compute
 *	others   = work x those who wait for a first token, and once for all
 *	           who will come
 *	         + what its memory makes others wait, or its place among those
 *	           that run at once, convex near full
 *	         + what it pushes out, if that is asked for again
 *
 * The own time alone copies hot prefixes everywhere, fills the memory with
 * them and fails first where prefixes are shared most. */
#include "common/base/attr.h"
#include "router/policy/choose.h"
#include "router/policy/price.h"

#include <math.h>

/* Work costs as much again for each of those who wait behind it, and once
 * for those who are still to come. */
#define WORK_PRICE   1.0
#define WAITER_PRICE 2.0
#define RECENT_PRICE 1.3
#define RETURN_PRICE 1.0
#define MEMORY_PRICE 1.5
/* Who asks again waits for it, and so does whoever is behind. */
#define EVICTION_PRICE 2.0
/* An adapter is read from a disk or from host memory, while all who decode
 * there wait. */
#define ADAPTER_MS 50.0
/* Of the memory that is taken, where its price stops to rise. */
#define MAX_USAGE         0.95
#define MAX_GUESSED_USAGE 0.7
/* Tokens of an answer, where nothing is known of answers. */
#define USUAL_OUTPUT 200
#define USUAL_PROMPT 2000

/* Of the candidates in one place, the two that hold most; -1: none. */
struct givers {
	uint32_t zone, rack;
	int first, second;
	double most, next; /* blocks that they hold */
};

/* Where more than so many places hold a prompt, most of it counts. */
#define PLACES 8

/* What all candidates have in common. */
struct fleet_view {
	const struct policy_query *q;
	double prompt, output; /* tokens */
	double usage;          /* of the fleet's memory */
	double recent;         /* price of work of late, on average */
	uint32_t max_running;  /* the largest that is known; 0: none is */
	/* Who may give, by where they stand. */
	struct givers place[PLACES];
	size_t n_places;
};

static double given_blocks(const struct policy_candidate *c)
{
	if (!c->gives)
		return 0;
	return most_of(c->held_blocks, c->other_blocks);
}

/* NULL: all places are taken, by those that hold no less. */
static struct givers *place_for(struct fleet_view *f,
				const struct policy_candidate *c, double held)
{
	struct givers *least = NULL;

	for (size_t i = 0; i < f->n_places; i++) {
		struct givers *g = &f->place[i];

		if (g->zone == c->zone && g->rack == c->rack)
			return g;
		if (least == NULL || g->most < least->most)
			least = g;
	}
	if (f->n_places < PLACES)
		least = &f->place[f->n_places++];
	else if (held <= least->most)
		return NULL;
	*least = (struct givers){c->zone, c->rack, -1, -1, 0, 0};
	return least;
}

static void find_givers(struct fleet_view *f)
{
	for (size_t i = 0; i < f->q->n; i++) {
		double held = given_blocks(&f->q->candidate[i]);
		struct givers *g = NULL;

		if (held > 0)
			g = place_for(f, &f->q->candidate[i], held);
		if (g == NULL || held <= g->next)
			continue;
		g->second = (int)i;
		g->next = held;
		if (held <= g->most)
			continue;
		g->second = g->first;
		g->next = g->most;
		g->first = (int)i;
		g->most = held;
	}
}

/* Of a room that is only guessed, no more is thought to be taken than makes
 * it dear. */
static double usage_of(const struct policy_candidate *c)
{
	double live = (double)c->live_tokens;

	if (c->kv_tokens > 0)
		return live / (double)c->kv_tokens;
	return most_of(c->kv_usage, least_of(live / price_rates(c)->room_tokens,
					     MAX_GUESSED_USAGE));
}

/* Work of late is done, but it tells where the next burst would go, and
 * what it left behind is what more would push out: without it nothing would
 * tell idle workers apart, and one would serve all that come one by one. So
 * a cold worker is warmed, in time, though it has the prompt to compute. */
static double recent_of(const struct policy_candidate *c)
{
	double token_ms = price_rates(c)->token_ms, done = 0;
	double under_way = (double)c->inflight_tokens * token_ms;

	if (c->recent_tokens > c->inflight_tokens)
		done = (double)(c->recent_tokens - c->inflight_tokens);
	done *= token_ms;
	/* What is under way is done in part. */
	if (c->rates != NULL)
		done += most_of(under_way - c->ahead_ms, 0);
	return RECENT_PRICE * done;
}

/* Leaves in each term what was done there of late. Where nobody gives, the
 * places are not even zeroed: they are most of it. */
static void view_init(struct fleet_view *f, const struct policy_query *q,
		      struct policy_term *term)
{
	double n = 0;

	f->q = q;
	f->usage = f->recent = 0;
	f->max_running = 0;
	f->n_places = 0;
	f->prompt = most_of((double)q->prompt_tokens,
			    (double)q->prompt_blocks * (double)q->block_size);
	f->output = q->output_tokens > 0 ? (double)q->output_tokens
					 : USUAL_OUTPUT;
	for (size_t i = 0; i < q->n; i++) {
		if (!choose_allowed(&q->candidate[i]))
			continue;
		f->usage += usage_of(&q->candidate[i]);
		if (UNLIKELY(q->candidate[i].max_running > f->max_running))
			f->max_running = q->candidate[i].max_running;
		term[i].recent = recent_of(&q->candidate[i]);
		f->recent += term[i].recent;
		n++;
	}
	f->usage = n > 0 ? f->usage / n : 0;
	f->recent = n > 0 ? f->recent / n : 0;
	find_givers(f);
}

/* --- terms --------------------------------------------------------------- */

static double waiters_of(const struct policy_candidate *c)
{
	if (c->rates != NULL)
		return c->unanswered + c->others_waiting;
	return most_of(c->waiting,
		       c->inflight > c->running ? c->inflight - c->running : 0);
}

static double step_of(const struct policy_candidate *c)
{
	double decoding = c->inflight > c->unanswered
				  ? c->inflight - c->unanswered
				  : 0;

	decoding += c->others_running;
	return price_step_ms(price_rates(c), decoding,
			     decoding > 0 ? (double)c->live_tokens : 0);
}

/* What others have sent there is as long as prompts usually are. */
static double others_ahead(const struct policy_candidate *c)
{
	if (c->others_waiting <= 0)
		return 0;
	return c->others_waiting *
	       price_prefill_ms(price_rates(c), 0, USUAL_PROMPT, 0);
}

static double wait_of(const struct policy_candidate *c, double step_ms)
{
	double busy = c->inflight > 0 ? step_ms / 2 : 0;

	if (c->rates != NULL)
		return c->ahead_ms + others_ahead(c) + busy;
	return price_prefill_ms(price_rates(c), 0, (double)c->inflight_tokens,
				0) +
	       busy;
}

/* Until enough of those who hold memory have ended. */
static double memory_wait(const struct fleet_view *f,
			  const struct policy_candidate *c, double tokens,
			  double step_ms)
{
	double room, add = tokens + f->output;

	if (c->kv_tokens == 0)
		return 0;
	room = (double)c->kv_tokens - (double)c->live_tokens;
	if (add <= room || c->live_tokens == 0)
		return 0;
	return (add - room) / (double)c->live_tokens * f->output * step_ms;
}

static double requests_of(const struct policy_candidate *c)
{
	return c->inflight + c->others_running + c->others_waiting;
}

/* Where it has not been met yet, the one that others have: workers are
 * mostly started alike. 0: not known. */
static double max_running_of(const struct fleet_view *f,
			     const struct policy_candidate *c)
{
	if (c->max_running > 0)
		return c->max_running;
	return c->running <= f->max_running ? f->max_running : 0;
}

/* Until enough of those that run have ended for its turn to come. */
static double turn_wait(const struct fleet_view *f,
			const struct policy_candidate *c, double step_ms)
{
	double most = max_running_of(f, c), over = requests_of(c) + 1 - most;

	if (LIKELY(most <= 0) || over <= 0)
		return 0;
	return over / most * f->output * step_ms;
}

/* Of what `usage` says of it, a `share` is taken: it costs nothing where
 * that is empty, more than any prefix is worth where it is full. */
static double crowding(double usage, double share)
{
	double u = least_of(usage, MAX_USAGE);

	return share * (2 * u - u * u) / ((1 - u) * (1 - u));
}

/* What the memory that it takes, or its place, makes others wait. */
static double memory_price(const struct fleet_view *f,
			   const struct policy_candidate *c, double tokens,
			   double step_ms)
{
	double room = c->kv_tokens > 0 ? (double)c->kv_tokens
				       : price_rates(c)->room_tokens;
	double crowds = crowding(most_of(f->usage, usage_of(c)),
				 (tokens + f->output) / room);
	double most = max_running_of(f, c);

	if (UNLIKELY(most > 0))
		crowds = most_of(crowds,
				 crowding(requests_of(c) / most, 1 / most));
	return MEMORY_PRICE * f->output * step_ms * crowds;
}

static double tokens_of(const struct fleet_view *f, double blocks)
{
	double usable = (double)f->q->prompt_blocks;

	return least_of(blocks, usable) * (double)f->q->block_size;
}

/* One that comes back has done nothing of late, and is not to get all for
 * that: it counts as if it had done its part. */
static double recent_price(const struct fleet_view *f,
			   const struct policy_candidate *c, double recent)
{
	return recent / (1 - c->slow_start) +
	       RETURN_PRICE * c->slow_start * f->recent;
}

/* What is pushed out and asked for again is computed again. */
static double eviction_price(const struct fleet_view *f,
			     const struct policy_candidate *c, double here)
{
	double has = c->spills ? most_of(here, tokens_of(f, c->other_blocks))
			       : here;

	return EVICTION_PRICE * c->reuse * (f->prompt - has + f->output) *
	       price_rates(c)->token_ms;
}

/* At one that comes back slowly the wait, this prompt's own time included,
 * looks as much longer as its share is smaller. */
static double slowed(const struct policy_candidate *c, double wait, double own)
{
	if (LIKELY(c->slow_start <= 0))
		return wait;
	return (wait + own * c->slow_start) / (1 - c->slow_start);
}

/* --- ways to serve -------------------------------------------------------- */

/* A candidate, and what all ways to use it have alike. */
struct place {
	const struct policy_candidate *c;
	const struct policy_rates *r;
	double step_ms;
	double here;      /* tokens on its GPU, or on their way there */
	double wait_ms;   /* for its queue, its turn, or for room */
	double others_ms; /* all that the prompt's own time is not in */
};

/* `t` has its work of late; the rest of what all ways have is put in. */
static struct place place_of(const struct fleet_view *f,
			     const struct policy_candidate *c,
			     struct policy_term *t)
{
	struct place p = {.c = c, .r = price_rates(c), .step_ms = step_of(c)};
	double taken;

	p.here = tokens_of(f, choose_held_on_gpu(c));
	taken = f->prompt - p.here;
	p.wait_ms = most_of(
		most_of(wait_of(c, p.step_ms), turn_wait(f, c, p.step_ms)),
		memory_wait(f, c, taken, p.step_ms));
	t->memory = memory_price(f, c, taken, p.step_ms);
	t->eviction = eviction_price(f, c, p.here);
	if (UNLIKELY(c->slow_start > 0))
		t->recent = recent_price(f, c, t->recent);
	t->away = c->away_ms;
	t->adapter = c->lacks_adapter ? ADAPTER_MS : 0;
	t->placement = -c->favour_ms;
	p.others_ms = t->memory + t->eviction + t->recent + t->away +
		      t->adapter + t->placement;
	return p;
}

/* With the prefix `held` there: what is not on its GPU by a transfer, which
 * takes memory like what is computed. */
static void take_way(const struct fleet_view *f, const struct place *p,
		     double held, double transfer, struct policy_term *t)
{
	double idle;

	t->tokens = f->prompt - held;
	idle = price_prefill_ms(p->r, held, t->tokens, 0);
	t->compute = idle + price_steps(p->r, t->tokens) * p->step_ms;
	t->work = (WORK_PRICE + WAITER_PRICE * waiters_of(p->c)) * idle;
	t->wait = slowed(p->c, p->wait_ms, idle);
	t->transfer = transfer;
	t->prefill = t->compute + t->work;
	t->load = most_of(t->wait, transfer) + p->others_ms;
	t->cost = t->prefill + t->load;
}

/* An engine loads what its connector finds in a store, whether that is less
 * than to compute it or not, and what is in its other tier before. */
static void take_way_stored(const struct fleet_view *f, const struct place *p,
			    struct policy_term *t)
{
	const struct policy_candidate *c = p->c;
	double store = tokens_of(f, c->store_blocks);
	double own = most_of(p->here, tokens_of(f, c->other_blocks));
	double load = c->loading_ms + price_load_ms(p->r, own - p->here) +
		      c->store_ms + c->store_token_ms * (store - own);

	take_way(f, p, store, load, t);
}

/* With its own cache, its other tier loaded where that is less than to
 * compute. */
static void take_way_own(const struct fleet_view *f, const struct place *p,
			 struct policy_term *t)
{
	const struct policy_candidate *c = p->c;
	double all = tokens_of(f, c->other_blocks), here = p->here, load = 0;

	if (all > here)
		load = c->loading_ms + price_load_ms(p->r, all - here);
	if (all <= here || load > price_prefill_ms(p->r, here, all - here, 0))
		take_way(f, p, here, 0, t);
	else
		take_way(f, p, all, load, t);
}

/* What the store holds is computed where its worker can be told to. */
static void take_way_beside(const struct fleet_view *f, const struct place *p,
			    struct policy_term *t)
{
	struct policy_term own = *t;

	take_way_stored(f, p, t);
	if (!p->c->store_optional)
		return;
	take_way_own(f, p, &own);
	if (own.cost >= t->cost)
		return;
	*t = own;
	t->leaves_store = true;
}

static void take_way_alone(const struct fleet_view *f, const struct place *p,
			   struct policy_term *t)
{
	const struct policy_candidate *c = p->c;

	if (LIKELY(c->store_blocks <= c->other_blocks) ||
	    tokens_of(f, c->store_blocks) <= p->here)
		take_way_own(f, p, t);
	else
		take_way_beside(f, p, t);
}

/* `t` is the way by then, and stays where this one cannot cost less. */
static void try_fetching(const struct fleet_view *f, const struct place *p,
			 int from, struct policy_term *t)
{
	const struct policy_candidate *c = p->c, *s = &f->q->candidate[from];
	double held = most_of(p->here, tokens_of(f, c->other_blocks));
	double given = tokens_of(f, given_blocks(s)), transfer;
	struct policy_term fetching;

	if (given <= held)
		return;
	transfer = s->fetching_ms +
		   price_fetch_ms(p->r, price_distance(c, s), given - held);
	if (most_of(p->wait_ms, transfer) + p->others_ms >= t->cost)
		return;
	fetching = *t;
	fetching.leaves_store = false;
	take_way(f, p, given, transfer, &fetching);
	if (fetching.cost >= t->cost)
		return;
	*t = fetching;
	t->source = from;
	t->fetch_blocks = (uint32_t)given_blocks(s);
}

/* Of each place whoever holds most: near ones cost less than far ones. */
static void try_givers(const struct fleet_view *f, const struct place *p,
		       size_t i, struct policy_term *t)
{
	if (!p->c->fetches)
		return;
	for (size_t k = 0; k < f->n_places; k++) {
		const struct givers *g = &f->place[k];
		int from = g->first == (int)i ? g->second : g->first;

		if (from >= 0)
			try_fetching(f, p, from, t);
	}
}

/* --- the decision -------------------------------------------------------- */

static const char *reason_for(const struct fleet_view *f,
			      const struct policy_term *t, size_t chosen)
{
	const struct policy_candidate *c = &f->q->candidate[chosen];
	double best = 0;

	if (t->source >= 0)
		return t->placement < 0 ? "placement" : "fetch";
	if (c->store_blocks > choose_held_on_gpu(c) && !t->leaves_store)
		return "store";
	for (size_t i = 0; i < f->q->n; i++)
		if (choose_allowed(&f->q->candidate[i]))
			best = most_of(best, choose_held(&f->q->candidate[i]));
	if (choose_held(c) < best)
		return "load over cache";
	return best > 0 ? "cache" : "least load";
}

static void decide(const struct policy_options *o, const struct policy_query *q,
		   struct policy_state *s, struct policy_term *term,
		   struct policy_decision *out)
{
	struct fleet_view f;

	(void)o;
	if (choose_begin(q, term, out) == 0)
		return;
	view_init(&f, q, term);
	for (size_t i = 0; i < q->n; i++) {
		struct place p;

		if (!choose_allowed(&q->candidate[i]))
			continue;
		p = place_of(&f, &q->candidate[i], &term[i]);
		take_way_alone(&f, &p, &term[i]);
		try_givers(&f, &p, i, &term[i]);
	}
	choose_least(q, s, term, "", out);
	out->reason = reason_for(&f, &term[out->chosen], (size_t)out->chosen);
}

const struct policy policy_cost = {
	.name = "cost",
	.unit = "ms",
	.help = "The way to serve the prompt that costs the least time, its "
		"own "
		"and that of others, fetching what a peer holds where that "
		"is less.",
	.needs_blocks = true,
	.exact = true,
	.priced = true,
	.decide = decide,
};
