#include "router/proxy/placing.h"

#include "router/proxy/legs.h"

/* What is shorter is computed in a step. */
#define LEAST_TOKENS 1024

static struct policy_candidate *find(const struct draft *d, unsigned worker)
{
	for (size_t i = 0; i < d->n_candidates; i++)
		if (d->candidate[i].worker == worker)
			return &d->candidate[i];
	return NULL;
}

void placing_favour(struct request *r)
{
	const struct board *b = r->proxy->o.board;
	size_t n = r->choice.prompt_blocks;
	struct draft *d = r->draft;
	struct policy_candidate *c;

	d->placing.key = 0;
	if (LIKELY(b == NULL || board_is_empty(b)) || d->tokens.key == NULL)
		return;
	n = n < d->tokens.n ? n : d->tokens.n;
	if (!board_find(b, d->tokens.key, n, &d->placing))
		return;
	c = find(d, d->placing.to);
	if (c != NULL && c->fetches)
		c->favour_ms = d->placing.favour_ms;
	else
		d->placing.key = 0;
}

static void take_along(const struct request *r, unsigned worker)
{
	const struct draft *d = r->draft;

	if (UNLIKELY(d->placing.key != 0) && d->placing.to == worker)
		board_take(r->proxy->o.board, &d->placing);
}

static void tell(const struct request *r)
{
	const struct draft *d = r->draft;
	uint32_t n = r->choice.best_blocks;
	uint32_t tokens = n * r->choice.block_size;
	struct sighting s = {
		.blocks = n,
		.beyond = r->prompt.n_tokens - tokens,
		.model = (uint32_t)(r->model - r->fleet->model),
	};

	if (tokens < LEAST_TOKENS || n > d->tokens.n)
		return;
	s.tokens_key = d->tokens.key[n - 1];
	if (n <= d->engine.n)
		s.engine_key = d->engine.key[n - 1];
	sighting_put(r->proxy->o.sightings, &s);
}

/* Only where it could be fetched it is of use elsewhere. */
void placing_see(struct request *r)
{
	const struct draft *d = r->draft;
	const struct policy_candidate *c;

	if (r->proxy->o.sightings == NULL ||
	    (d->legs != NULL && !d->legs->how->steered) ||
	    r->fleet->conf->placement == CONF_PLACEMENT_OFF)
		return;
	c = &d->candidate[draft_computing(d)];
	if (LIKELY(!c->fetches))
		return;
	take_along(r, c->worker);
	tell(r);
}
