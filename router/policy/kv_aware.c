/* Cache and load in one number: tokens of prefill.
 *
 * cost = 2 x tokens to compute here   (our own wait, and the work itself)
 *        + tokens to compute x those who wait here   (what they lose)
 *        + load_weight x (work ahead, or of late if that was more)
 *        + a price on memory that rises steeply as it fills
 *
 * Every part is continuous, and none of them is a fleet's threshold: a
 * worker loses a request when, and only when, another would serve it at
 * less cost. */
#include "router/policy/choose.h"

#include "common/base/attr.h"

/* What each of those who wait for a first token adds to the price of a
 * token, and how many of them count. */
#define WAITER_PRICE 0.5
#define MAX_WAITERS  8
#define MAX_USAGE    0.98
/* A prompt that is not known takes memory all the same. */
#define UNKNOWN_TOKENS 1024

/* Requests at the worker that have no token yet: what it says, and what it
 * cannot have said because they were sent since. */
static double waiters(const struct policy_candidate *c)
{
	double sent = c->inflight > c->running ? c->inflight - c->running : 0;

	return least_of(most_of(sent, c->waiting), MAX_WAITERS);
}

/* Nothing at half, the prompt itself at five sixths, and soon more than
 * any prefix is worth: past full, sequences evict one another. */
static double memory_price(const struct policy_query *q,
			   const struct policy_candidate *c)
{
	double tokens = q->prompt_tokens > 0 ? (double)q->prompt_tokens
					     : UNKNOWN_TOKENS;
	double u = least_of(most_of(c->kv_usage, 0), MAX_USAGE);
	double u2 = u * u, u4 = u2 * u2;

	return tokens * u4 * u4 / (1 - u);
}

/* Work of late is done, but it has left blocks behind which more would
 * push out, and it tells where the next burst would go: without it nothing
 * would tell idle workers apart, and one would serve all that come one by
 * one. What is in flight is of late too, hence not the sum. */
static double work(const struct policy_candidate *c)
{
	double done = 0;

	if (c->recent_tokens > c->inflight_tokens)
		done = (double)(c->recent_tokens - c->inflight_tokens);
	return choose_work(c) + done;
}

/* One that comes back slowly looks as if all of it, this prompt included,
 * were as much more as its share is smaller. */
static double slowed(const struct policy_candidate *c, double load,
		     double tokens)
{
	if (LIKELY(c->slow_start <= 0))
		return load;
	return choose_slowed(c, load) +
	       tokens * c->slow_start / (1 - c->slow_start);
}

static struct policy_term price(const struct policy_options *o,
				const struct policy_query *q,
				const struct policy_candidate *c)
{
	struct policy_term t = {.tokens = choose_tokens(q, c), .source = -1};

	t.prefill = t.tokens * (2 + WAITER_PRICE * waiters(c));
	t.load = o->load_weight * slowed(c, work(c), t.tokens) +
		 memory_price(q, c);
	t.cost = t.prefill + t.load;
	return t;
}

static bool is_best_match(const struct policy_query *q, size_t chosen)
{
	for (size_t i = 0; i < q->n; i++)
		if (choose_allowed(&q->candidate[i]) &&
		    choose_held(&q->candidate[i]) >
			    choose_held(&q->candidate[chosen]))
			return false;
	return true;
}

static const char *reason_for(const struct policy_query *q, size_t chosen)
{
	if (!is_best_match(q, chosen))
		return "load over cache";
	if (choose_held(&q->candidate[chosen]) > 0)
		return "cache";
	return "least load";
}

static void decide(const struct policy_options *o, const struct policy_query *q,
		   struct policy_state *s, struct policy_term *term,
		   struct policy_decision *out)
{
	if (choose_begin(q, term, out) == 0)
		return;
	for (size_t i = 0; i < q->n; i++)
		if (choose_allowed(&q->candidate[i]))
			term[i] = price(o, q, &q->candidate[i]);
	choose_least(q, s, term, "", out);
	out->reason = reason_for(q, (size_t)out->chosen);
}

const struct policy policy_kv_aware = {
	.name = "kv_aware",
	.help = "The worker that can serve the prompt at the least cost, "
		"counting what its cache holds and what is ahead of it.",
	.needs_blocks = true,
	.exact = true,
	.unit = "tokens",
	.decide = decide,
};
