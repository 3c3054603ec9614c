#include "tools/sim/give.h"

#include "tools/sim/exchange.h"
#include "tools/sim/params.h"
#include "tools/sim/push.h"

#include <string.h>

static struct handoff *of_giver(struct giver *g)
{
	return CONTAINER_OF(g, struct handoff, giver);
}

static void on_wanted(struct giver *g)
{
	struct handoff *h = of_giver(g);

	exchange_submit(h->exchange, h->index);
}

static void on_taken(struct giver *g)
{
	struct handoff *h = of_giver(g);

	h->holds_answer = false;
	exchange_go_on(h->exchange);
}

static void on_failed(struct giver *g, enum complaint_kind why)
{
	struct handoff *h = of_giver(g);

	if (why == COMPLAINT_TIMEOUT)
		handoff_complain(h, why, "no decode leg has come");
	h->holds_answer = true;
	handoff_fail_later(h);
}

void give_init(struct handoff *h)
{
	struct exchange *x = h->exchange;
	struct choice *c = &x->choice[h->index * x->ask.n];
	enum connector connector = handoff_side(h)->connector;
	struct leg_fault f;

	h->giver = (struct giver){
		connector == CONNECTOR_SGLANG,
		on_wanted,
		on_taken,
		on_failed,
	};
	if (connector != CONNECTOR_SGLANG && !leg_check_prefill(&x->ask, &f))
		handoff_complain(h, f.kind, f.text);
	/* LMCache takes its copy before the engine is done. */
	c->task.keeps_blocks = !h->has_fault && connector != CONNECTOR_LMCACHE;
}

/* SGLang's prefill side computes nothing before somebody has come for it,
 * and answers once it has been taken. */
void give_begin(struct handoff *h)
{
	if (!connector_is_concurrent(handoff_side(h)->connector)) {
		exchange_submit(h->exchange, h->index);
		return;
	}
	h->holds_answer = h->giver.waits;
	transfer_expect(handoff_side(h), slice_of(h->leg.key), &h->giver);
	if (!h->giver.waits)
		exchange_submit(h->exchange, h->index);
}

/* What ends by itself is handed over by all but some: NIXL's pull before
 * 0.21, and Mooncake. */
static bool hands_over(const struct transfer *t, const struct choice *c)
{
	if (strcmp(c->finish, "length") == 0)
		return true;
	if (t->connector == CONNECTOR_NIXL)
		return t->version >= 21;
	return t->connector != CONNECTOR_MOONCAKE;
}

bool give_holds_on(const struct handoff *h)
{
	const struct transfer *t = handoff_side(h);

	return h->leg.side == LEG_DECODE && t->version >= 21 &&
	       t->connector == CONNECTOR_NIXL && t->worker->conf.bidirectional;
}

/* NIXL's tells where the blocks are. */
static uint64_t tell(struct handoff *h, const struct choice *c)
{
	struct transfer *t = handoff_side(h);
	struct params_offer told = {
		.is_decode = h->leg.side == LEG_DECODE,
		.version = t->version,
		.engine_id = slice_of(t->engine_id),
		.host = slice_of(transfer_host(t)),
		.port = t->port,
		.block = c->task.seq.block,
		.n_blocks = c->task.seq.n_blocks,
		.n_tokens = c->task.n_computed,
	};

	params_key(h->exchange->id, t->version,
		   ++h->exchange->worker->sim->next_id, h->leg.key,
		   sizeof(h->leg.key));
	told.key = slice_of(h->leg.key);
	params_put(&told, &h->params);
	return params_print(&h->params);
}

/* It may tell the first token, for the router to put behind the prompt. */
static void end_lmcache(struct handoff *h, const struct choice *c)
{
	json_t *params = leg_params(h->exchange->ask.body);

	if (c->index != h->index * h->exchange->ask.n)
		return;
	if (json_object_get(params, "ret_first_tok"))
		buf_printf(&h->params, "{\"first_tok\":%u}",
			   (unsigned)c->output.id[0]);
	if (h->leg.side == LEG_PREFILL && !h->has_fault)
		push_start(h);
}

void give_end(struct handoff *h, struct choice *c)
{
	struct transfer *t = handoff_side(h);
	bool is_decode = h->leg.side == LEG_DECODE;
	uint64_t params = 0;

	if (t->connector == CONNECTOR_LMCACHE)
		end_lmcache(h, c);
	if (!c->task.keeps_blocks)
		return;
	if (!hands_over(t, c)) {
		cache_release(h->exchange->rank->cache, &c->task.seq);
		return;
	}
	if (t->connector == CONNECTOR_NIXL)
		params = tell(h, c);
	transfer_offer(t, slice_of(h->leg.key), &c->task.seq,
		       is_decode ? c->task.n_computed : c->task.n_prompt,
		       params, is_decode);
}
