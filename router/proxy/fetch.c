#include "router/proxy/fetch.h"

#include "router/transfer/peer.h"

#include <inttypes.h>
#include <stdio.h>

#define ID_BYTES (REQUEST_ID_BYTES + 24)

/* Who cannot be asked for an answer may still be asked for its blocks, unless
 * that may be since it is not there. */
static bool is_there(const struct policy_candidate *c)
{
	switch (c->exclusion) {
	case POLICY_ALLOWED:
	case POLICY_FULL:
	case POLICY_DRAINING:
	case POLICY_ROLE: return true;
	default: return false;
	}
}

/* All sequences of a request would fetch under one id. */
static bool is_one_sequence(const struct request *r)
{
	const struct api_request *a = &r->draft->api;

	return a->n_prompts <= 1 && a->n <= 1 && a->best_of <= 1;
}

/* What is in host memory is what is given: who tells of none has none. */
void fetch_fill(struct request *r)
{
	struct draft *d = r->draft;

	if (!r->prompt.known || !is_one_sequence(r))
		return;
	for (size_t i = 0; i < d->n_candidates; i++) {
		struct policy_candidate *c = &d->candidate[i];
		bool has = peer_has_tier(r->model->worker[i]);

		c->fetches = has;
		c->gives = has && is_there(c) &&
			   (c->spills || c->other_blocks > 0);
	}
}

/* As the decision says, if it can be: the policy may know less of peers. */
static struct worker *giver_of(const struct request *r, const struct worker *to)
{
	const struct draft *d = r->draft;
	const struct policy_term *t;
	struct worker *from;

	if (d->decision.chosen < 0)
		return NULL;
	t = &d->term[draft_computing(d)];
	if (t->source < 0 || t->fetch_blocks == 0 || !is_one_sequence(r) ||
	    !is_there(&d->candidate[t->source]))
		return NULL;
	from = r->model->worker[t->source];
	return peer_has_tier(from) && peer_has_tier(to) ? from : NULL;
}

static void count(struct request *r, const struct worker *to,
		  const struct worker *from)
{
	struct cells *c = &r->proxy->cells;

	metric_inc(cells_get(c, METRICS_FETCHES, to->name, from->name, NULL));
	metric_add(
		cells_get(c, METRICS_FETCH_BLOCKS, to->name, from->name, NULL),
		r->choice.fetch_blocks);
}

static bool leaves_store(const struct draft *d)
{
	return d->decision.chosen >= 0 &&
	       d->term[draft_computing(d)].leaves_store;
}

struct slice fetch_member(struct request *r, const struct worker *to)
{
	const struct worker *from = giver_of(r, to);
	struct draft *d = r->draft;
	const struct policy_term *t;
	char id[ID_BYTES];

	r->choice.fetch_blocks = 0;
	if (from == NULL)
		return leaves_store(d) ? SLICE(PEER_NO_STORE)
				       : (struct slice){NULL, 0};
	t = &d->term[draft_computing(d)];
	r->choice.source = (uint16_t)t->source;
	r->choice.fetch_blocks = t->fetch_blocks;
	snprintf(id, sizeof(id), "%s-%016" PRIx64, r->id,
		 rng_next(&r->proxy->rng));
	count(r, to, from);
	return peer_source(from, slice_of(id), &d->arena);
}

const char *fetch_source_name(const struct request *r)
{
	if (r->choice.fetch_blocks == 0)
		return NULL;
	return r->model->worker[r->choice.source]->name;
}
