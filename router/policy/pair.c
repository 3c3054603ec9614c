#include "router/policy/pair.h"

#include "router/policy/choose.h"
#include "router/policy/price.h"

#include <math.h>
#include <string.h>

/* Those who will decode at a worker that is there for it, at least. */
#define DECODERS_TO_COME 4
/* Tokens come from another worker in a fourth of the time in which they
 * could be computed. */
#define TRANSFER_WORTH 0.25

/* One decision under way. */
struct pairing {
	const struct policy *policy;
	const struct policy_options *o;
	const struct policy_query *q;
	const struct pair_side *side;
	struct policy_state *s;
	struct policy_candidate *candidate; /* with other exclusions */
	/* By policy_cost: with the prompt computed by it for others, and
	 * alone. */
	struct policy_term *giving, *alone;
	struct arena *arena;
};

static struct policy_query query_of(const struct pairing *p)
{
	struct policy_query q = *p->q;

	q.candidate = p->candidate;
	return q;
}

static void price(const struct pairing *p, const struct policy_query *q,
		  struct policy_term *term)
{
	struct policy_state unused = {0};
	struct policy_decision d;

	policy_cost.decide(p->o, q, &unused, term, &d);
}

/* Those that are wanted are excluded only by what their role is not. */
static void let_in(struct pairing *p, bool giving)
{
	for (size_t i = 0; i < p->q->n; i++) {
		const struct pair_side *s = &p->side[i];
		bool wanted = giving ? s->gives : s->takes;
		struct policy_candidate *c = &p->candidate[i];

		*c = p->q->candidate[i];
		c->exclusion = wanted ? s->exclusion : POLICY_ROLE;
		if (p->policy != &policy_cost || (giving && !s->steered))
			c->fetches = c->store_optional = false;
	}
}

static bool can_take(const struct pairing *p, size_t i)
{
	return p->side[i].takes && p->side[i].exclusion == POLICY_ALLOWED;
}

static bool can_give(const struct pairing *p, size_t i)
{
	return p->side[i].gives && p->side[i].exclusion == POLICY_ALLOWED;
}

static bool joins(const struct pairing *p, size_t give, size_t take)
{
	return give != take && p->side[give].kind == p->side[take].kind;
}

static bool has_taker(const struct pairing *p, size_t give)
{
	for (size_t i = 0; i < p->q->n; i++)
		if (can_take(p, i) && joins(p, give, i))
			return true;
	return false;
}

static double prompt_of(const struct policy_query *q)
{
	return most_of((double)q->prompt_tokens,
		       (double)q->prompt_blocks * (double)q->block_size);
}

/* Of what `take` lacks. */
static double hand_over_ms(const struct pairing *p, size_t give, size_t take)
{
	const struct policy_candidate *from = &p->q->candidate[give];
	const struct policy_candidate *to = &p->q->candidate[take];

	return price_fetch_ms(price_rates(to), price_distance(to, from),
			      choose_tokens(p->q, to));
}

/* Of a first token at `take`; its memory and what that pushes out are as
 * they would be alone. */
static double taking_ms(const struct pairing *p, size_t give, size_t take)
{
	const struct policy_term *t = &p->alone[take];

	return hand_over_ms(p, give, take) +
	       price_rates(&p->q->candidate[take])->step_ms + t->memory +
	       t->eviction + t->recent + t->away + t->adapter;
}

/* With the overhead of the request that a leg is. */
static double giving_ms(const struct pairing *p, size_t i)
{
	return p->giving[i].cost +
	       price_rates(&p->q->candidate[i])->overhead_ms;
}

static double decoders_of(const struct pairing *p, size_t i)
{
	const struct policy_candidate *c = &p->q->candidate[i];
	double n = c->running;

	if (c->inflight > c->unanswered)
		n = most_of(n, c->inflight - c->unanswered);
	return p->side[i].decodes ? most_of(n, DECODERS_TO_COME) : n;
}

/* Steps that are there anyway take longer for its tokens, and whoever
 * decodes waits for that. */
static double alone_ms(const struct pairing *p, size_t i)
{
	const struct policy_term *t = &p->alone[i];
	double computing = price_prefill_ms(price_rates(&p->q->candidate[i]),
					    prompt_of(p->q) - t->tokens,
					    t->tokens, 0);

	return t->cost + decoders_of(p, i) * computing;
}

/* --- by cost ------------------------------------------------------------- */

static void cheapest_pair(const struct pairing *p, struct pair_decision *out)
{
	double least = INFINITY;

	for (size_t give = 0; give < p->q->n; give++) {
		double first_ms;

		if (!can_give(p, give))
			continue;
		first_ms = giving_ms(p, give);
		if (first_ms >= least)
			continue;
		for (size_t take = 0; take < p->q->n; take++) {
			double ms;

			if (!can_take(p, take) || !joins(p, give, take))
				continue;
			ms = first_ms + taking_ms(p, give, take);
			if (ms >= least)
				continue;
			least = ms;
			out->prefill = (int)give;
			out->decode = (int)take;
		}
	}
}

static int cheapest_alone(const struct pairing *p)
{
	double least = INFINITY;
	int found = -1;

	for (size_t i = 0; i < p->q->n; i++) {
		if (!choose_allowed(&p->q->candidate[i]) ||
		    alone_ms(p, i) >= least)
			continue;
		least = alone_ms(p, i);
		found = (int)i;
	}
	return found;
}

/* --- by another policy --------------------------------------------------- */

/* Whom the policy chooses of `q`; -1. */
static int chosen_of(const struct pairing *p, const struct policy_query *q)
{
	struct policy_term *term = arena_array(p->arena, q->n, sizeof(*term));
	struct policy_decision d;

	p->policy->decide(p->o, q, p->s, term, &d);
	return d.chosen;
}

static int least_loaded_taker(const struct pairing *p, size_t give)
{
	double least = INFINITY;
	int found = -1;

	for (size_t i = 0; i < p->q->n; i++) {
		const struct policy_candidate *c = &p->q->candidate[i];
		double load;

		if (!can_take(p, i) || !joins(p, give, i))
			continue;
		load = choose_load(c) + TRANSFER_WORTH * choose_tokens(p->q, c);
		if (load >= least)
			continue;
		least = load;
		found = (int)i;
	}
	return found;
}

static void policys_pair(const struct pairing *p, struct pair_decision *out)
{
	struct policy_query q = query_of(p);
	int give;

	for (size_t i = 0; i < q.n; i++)
		if (!has_taker(p, i) &&
		    p->candidate[i].exclusion == POLICY_ALLOWED)
			p->candidate[i].exclusion = POLICY_ROLE;
	give = chosen_of(p, &q);
	if (give < 0)
		return;
	out->prefill = give;
	out->decode = least_loaded_taker(p, (size_t)give);
}

/* --- the decision -------------------------------------------------------- */

static bool any_can_give(const struct pairing *p)
{
	for (size_t i = 0; i < p->q->n; i++)
		if (can_give(p, i) && has_taker(p, i))
			return true;
	return false;
}

/* Who serves alone need not take, and the other way round. */
static void let_serve(struct pairing *p)
{
	let_in(p, false);
	for (size_t i = 0; i < p->q->n; i++)
		if (choose_allowed(&p->q->candidate[i]))
			p->candidate[i].exclusion = POLICY_ALLOWED;
}

/* Leaves those in who give. */
static void price_all(struct pairing *p)
{
	struct policy_query q;

	p->candidate = arena_array(p->arena, p->q->n, sizeof(*p->candidate));
	p->giving = arena_array(p->arena, p->q->n, sizeof(*p->giving));
	q = query_of(p);
	let_serve(p);
	price(p, &q, p->alone);
	let_in(p, true);
	q.output_tokens = 1;
	price(p, &q, p->giving);
}

/* The pair's own terms stand where they would be alone. */
static void settle(struct pairing *p, size_t from, size_t to)
{
	struct policy_term *take = &p->alone[to];
	double ms = taking_ms(p, from, to);

	p->alone[from] = p->giving[from];
	*take = (struct policy_term){
		.cost = ms,
		.load = ms,
		.transfer = hand_over_ms(p, from, to),
		.memory = take->memory,
		.eviction = take->eviction,
		.recent = take->recent,
		.away = take->away,
		.adapter = take->adapter,
		.source = -1,
	};
}

/* Work of late tells workers of one role apart; between one that prefills
 * all the time and one that never does it would tell nothing. */
static double whole_ms(const struct pairing *p, size_t give, size_t take)
{
	return giving_ms(p, give) - p->giving[give].recent +
	       taking_ms(p, give, take) - p->alone[take].recent;
}

static double lone_ms(const struct pairing *p, size_t i)
{
	return alone_ms(p, i) - p->alone[i].recent;
}

static void choose(const struct pairing *p, struct pair_decision *out)
{
	int alone;

	if (p->policy == &policy_cost) {
		cheapest_pair(p, out);
		alone = cheapest_alone(p);
	} else {
		policys_pair(p, out);
		alone = chosen_of(p, p->q);
	}
	if (alone >= 0)
		out->alone_ms = lone_ms(p, (size_t)alone);
	if (out->decode >= 0)
		out->pair_ms = whole_ms(p, (size_t)out->prefill,
					(size_t)out->decode);
}

static struct pairing pairing_of(const struct pair_ask *ask,
				 struct policy_term *term)
{
	return (struct pairing){
		.policy = ask->policy,
		.o = ask->options,
		.q = ask->query,
		.side = ask->side,
		.alone = term,
		.arena = ask->arena,
	};
}

void pair_decide(const struct pair_ask *ask, struct policy_state *s,
		 struct policy_term *term, struct pair_decision *out)
{
	struct pairing p = pairing_of(ask, term);

	p.s = s;
	*out = (struct pair_decision){
		.prefill = -1,
		.decode = -1,
		.pair_ms = INFINITY,
		.alone_ms = INFINITY,
	};
	if (prompt_of(p.q) <= 0 || !any_can_give(&p))
		return;
	price_all(&p);
	choose(&p, out);
	if (out->decode >= 0 && out->pair_ms < out->alone_ms) {
		out->reason = "prefill elsewhere";
		out->prefill_tokens = p.giving[out->prefill].tokens;
		settle(&p, (size_t)out->prefill, (size_t)out->decode);
		return;
	}
	out->prefill = out->decode = -1;
	out->reason = "decode alone";
}

double pair_price(const struct pair_ask *ask, struct pair_ends ends,
		  struct policy_term *term)
{
	struct pairing p = pairing_of(ask, term);
	size_t give = (size_t)ends.prefill, take = (size_t)ends.decode;
	double ms;

	if (ends.decode < 0)
		return INFINITY;
	price_all(&p);
	if (ends.prefill < 0)
		return choose_allowed(&p.q->candidate[take]) ? lone_ms(&p, take)
							     : INFINITY;
	if (!can_give(&p, give) || !can_take(&p, take) ||
	    !joins(&p, give, take))
		return INFINITY;
	ms = whole_ms(&p, give, take);
	settle(&p, give, take);
	return ms;
}
