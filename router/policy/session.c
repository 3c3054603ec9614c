/* Consistent hashing with bounded load.
 *
 * Each session ranks the workers by a hash of both names (rendezvous), so
 * that a worker that comes or goes moves only its own sessions; it goes to
 * the first that has not more than its share of the requests. */
#include "router/policy/choose.h"

#include <math.h>

/* In a quiet fleet a share is less than a request: nobody is over it with
 * this few. */
#define FREE_REQUESTS 4

static uint64_t mix(uint64_t x)
{
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93u;
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93u;
	return x ^ (x >> 32);
}

static uint64_t rank_of(const struct policy_query *q, size_t i)
{
	return mix(q->session ^ mix(q->candidate[i].name_hash));
}

static double share(const struct policy_options *o,
		    const struct policy_query *q, size_t n_allowed)
{
	double total = 1, most;

	for (size_t i = 0; i < q->n; i++)
		if (choose_allowed(&q->candidate[i]))
			total += q->candidate[i].inflight;
	most = ceil(o->bounded_load * total / (double)n_allowed);
	return most > FREE_REQUESTS ? most : FREE_REQUESTS;
}

static size_t ranked_before(const struct policy_query *q, size_t i)
{
	size_t n = 0;

	for (size_t j = 0; j < q->n; j++)
		n += choose_allowed(&q->candidate[j]) &&
		     rank_of(q, j) > rank_of(q, i);
	return n;
}

/* Cost: place in the session's ranking; behind all others for those that
 * have their share, the least loaded of them first. */
static void decide(const struct policy_options *o, const struct policy_query *q,
		   struct policy_state *s, struct policy_term *term,
		   struct policy_decision *out)
{
	size_t n;
	double most;

	if (q->session == 0) {
		policy_least_load.decide(o, q, s, term, out);
		return;
	}
	n = choose_begin(q, term, out);
	if (n == 0)
		return;
	most = share(o, q, n);
	for (size_t i = 0; i < q->n; i++) {
		const struct policy_candidate *c = &q->candidate[i];

		if (!choose_allowed(c))
			continue;
		term[i].cost = (double)ranked_before(q, i);
		if (c->inflight + 1 > most * (1 - c->slow_start))
			term[i].load = (double)n + c->inflight;
		term[i].cost += term[i].load;
	}
	choose_least(q, s, term, "session", out);
	if (term[out->chosen].cost > 0)
		out->reason = "session, by load";
}

const struct policy policy_session = {
	.name = "session",
	.help = "The worker that the session's name is hashed to, within a "
		"bound on load; without a session, the least loaded.",
	.unit = "places",
	.decide = decide,
};
