#include "router/proxy/store_load.h"

#include <string.h>

#include "common/base/mem.h"
#include "router/proxy/request.h"

/* As match_candidates() found it. */
static const struct chain *chain_of(const struct request *r,
				    const struct worker *w)
{
	bool tokens = atomic_load_explicit(&w->keys, memory_order_relaxed) ==
		      WORKER_KEYS_TOKENS;

	return tokens || r->draft->engine.key == NULL ? &r->draft->tokens
						      : &r->draft->engine;
}

static void count(struct request *r, const struct worker *to)
{
	struct cells *c = &r->proxy->cells;
	const char *from = r->model->store->name;

	metric_inc(cells_get(c, METRICS_STORE_LOADS, to->name, from, NULL));
	metric_add(
		cells_get(c, METRICS_STORE_LOAD_BLOCKS, to->name, from, NULL),
		r->load->n);
}

/* One that takes all from a peer loads nothing. */
void store_load_note(struct request *r)
{
	const struct draft *d = r->draft;
	int place = draft_computing(d);
	const struct policy_candidate *c = &d->candidate[place];
	const struct policy_term *t = &d->term[place];
	const struct worker *w = r->model->worker[place];
	const struct chain *chain = chain_of(r, w);
	uint32_t own = decision_own_blocks(c), n = decision_load_blocks(c, t);

	store_load_forget(r);
	if (n == 0 || chain->n < c->store_blocks)
		return;
	r->load = mem_alloc(sizeof(*r->load) + n * sizeof(*chain->key));
	r->load->worker = w->id;
	r->load->n = n;
	r->load->puts = atomic_load_explicit(&w->store_puts,
					     memory_order_relaxed);
	memcpy(r->load->key, chain->key + own, n * sizeof(*chain->key));
	count(r, w);
}

void store_load_forget(struct request *r)
{
	mem_free(r->load);
	r->load = NULL;
}

const char *store_load_name(const struct request *r)
{
	return r->load != NULL ? r->model->store->name : NULL;
}
