/* Cache and load in one number: tokens of prefill.
 *
 * cost = 2 x tokens to compute here   (our own wait, and the work itself)
 *        + tokens to compute x those who wait here   (what they lose)
 *        + load_weight x (work ahead + some of the latest work)
 *        + a price on memory that rises steeply as it fills
 *
 * Every part is continuous, and none of them is a fleet's threshold: a
 * worker loses a request when, and only when, another would serve it at
 * less cost. */
#include "router/policy/choose.h"

/* Blocks that were routed to a worker but not announced by it are mostly
 * being computed: their second asker should wait for them rather than
 * compute them elsewhere. Some are gone again, hence not the whole. */
#define ROUTED_WORTH 0.8
/* Blocks in host memory or on disk are loaded at about four times the
 * speed at which they could be computed. */
#define OTHER_WORTH 0.75
/* What each of those who wait for a first token adds to the price of a
 * token, and how many of them count. */
#define WAITER_PRICE 0.5
#define MAX_WAITERS  8
/* Of the work given of late that is done: it has left blocks behind, which
 * more work pushes out, and it shows where the next burst would go. */
#define RECENT_WEIGHT 0.25
#define MAX_USAGE     0.98
/* A prompt that is not known takes memory all the same. */
#define UNKNOWN_TOKENS 1024

static double least_of(double a, double b)
{
	return a < b ? a : b;
}

static double most_of(double a, double b)
{
	return a > b ? a : b;
}

static double held_blocks(const struct policy_candidate *c)
{
	double held = c->exact ? c->held_blocks : 0;
	double routed = c->exact ? c->approx_blocks
				 : most_of(c->held_blocks, c->approx_blocks);
	double more = most_of(ROUTED_WORTH * (routed - held),
			      OTHER_WORTH * (c->other_blocks - held));

	return held + most_of(more, 0);
}

static double missing_tokens(const struct policy_query *q,
			     const struct policy_candidate *c)
{
	double known = (double)q->prompt_blocks * (double)q->block_size;
	double tokens = most_of((double)q->prompt_tokens, known);
	double held = least_of(held_blocks(c) * (double)q->block_size, known);

	return tokens - held;
}

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

static struct policy_term price(const struct policy_options *o,
				const struct policy_query *q,
				const struct policy_candidate *c)
{
	struct policy_term t;

	t.prefill = missing_tokens(q, c) * (2 + WAITER_PRICE * waiters(c));
	t.load = o->load_weight * (choose_load(c) +
				   RECENT_WEIGHT * (double)c->recent_tokens) +
		 memory_price(q, c);
	t.cost = t.prefill + t.load;
	return t;
}

static bool is_best_match(const struct policy_query *q, size_t chosen)
{
	for (size_t i = 0; i < q->n; i++)
		if (choose_allowed(&q->candidate[i]) &&
		    held_blocks(&q->candidate[i]) >
			    held_blocks(&q->candidate[chosen]))
			return false;
	return true;
}

static const char *reason_for(const struct policy_query *q, size_t chosen)
{
	if (!is_best_match(q, chosen))
		return "load over cache";
	if (held_blocks(&q->candidate[chosen]) > 0)
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
	.decide = decide,
};
