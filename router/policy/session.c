#include <math.h>

#include "router/policy/pick.h"
#include "router/policy/policies.h"

/* Rendezvous hashing: each worker draws a number for the session and the
 * highest has it, so a worker that comes or goes moves its share only. */
static uint64_t draw(uint64_t session, uint64_t name_hash)
{
	uint64_t x = session ^ (name_hash * 0x9e3779b97f4a7c15u);

	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9u;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

/* What a worker may have, this request included: so much over the mean. */
static double bound(const struct policy_options *o,
		    const struct policy_query *q, size_t allowed)
{
	double sum = 1;

	for (size_t i = 0; i < q->n; i++)
		if (pick_allowed(&q->candidate[i]))
			sum += q->candidate[i].inflight;
	return ceil(o->bounded_load * sum / (double)allowed);
}

static void decide(const struct policy_options *o, const struct policy_query *q,
		   struct policy_state *s, struct policy_term *term,
		   struct policy_decision *out)
{
	size_t allowed;
	double most, best_rank = -1;
	int home = -1;

	if (q->session == 0) {
		least_load_decide(o, q, s, term, out);
		return;
	}
	allowed = pick_begin(q, term);
	most = allowed ? bound(o, q, allowed) : 0;
	for (size_t i = 0; i < q->n; i++) {
		const struct policy_candidate *c = &q->candidate[i];
		double rank;

		if (!pick_allowed(c))
			continue;
		rank = (double)(draw(q->session, c->name_hash) >> 11) * 0x1p-53;
		term[i].load = c->inflight;
		/* Within its bound a worker costs its rank, past it more
		 * than any that is within. */
		term[i].cost = 1 - rank + (c->inflight + 1 > most ? 1 : 0);
		if (rank > best_rank) {
			best_rank = rank;
			home = (int)i;
		}
	}
	out->chosen = pick_least(q, term, s);
	out->reason = out->chosen < 0       ? "nobody"
		      : out->chosen == home ? "session"
					    : "session, home is busy";
}

const struct policy policy_session = {
	.name = "session",
	.help = "a session stays with a worker, unless that is over its bound",
	.decide = decide,
};
