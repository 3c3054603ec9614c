/* A request that is decided on goes to its worker, or to its two: the first
 * computes the prompt, and the second goes on when that is handed over. */
#include <string.h>

#include "common/base/mem.h"
#include "router/policy/price.h"
#include "tests/scenario/world.h"

#define PEAK_LEAST 3

/* What is to be served, and what its ways cost. */
struct offer {
	const struct world_request *r;
	const struct policy_query *q;
	const struct policy_term *term;
	const struct chain *chain;
};

/* Of those that may serve. While they have next to nothing in hand, one
 * request more is no sign of anything. */
static void note_peak(const struct world *w, struct world_worker *x)
{
	double sum = 0, n = 0, ratio;

	for (size_t i = 0; i < w->n; i++) {
		if (w->worker[i].state != POLICY_ALLOWED)
			continue;
		sum += w->worker[i].inflight;
		n++;
	}
	ratio = x->inflight / (sum / n);
	if (sum >= PEAK_LEAST * n && ratio > x->peak)
		x->peak = ratio;
}

/* Whoever gives is busy with it, and with one after the other. */
static void give(struct world *w, const struct policy_candidate *from,
		 const struct policy_candidate *to,
		 const struct policy_term *term)
{
	double blocks = (double)term->fetch_blocks - to->held_blocks;
	double token_ms = price_fetch_token_ms(to->rates,
					       price_distance(from, to));

	backlog_give(&w->worker[from->worker].backlog,
		     (uint64_t)(1e3 * blocks * (double)w->scheme.block_size *
				token_ms),
		     w->now_us);
}

static struct engine_job *job_of(struct world *w, const struct offer *o,
				 size_t to, size_t fetched)
{
	const struct policy_term *term = &o->term[to];
	struct world_worker *x = &w->worker[to];
	struct engine_job *j = mem_zalloc(sizeof(*j));

	j->worker = x->id;
	j->key = mem_array(o->chain->n + 1, sizeof(*j->key));
	memcpy(j->key, o->chain->key, o->chain->n * sizeof(*j->key));
	j->n_keys = o->chain->n;
	j->tokens = o->q->prompt_tokens;
	j->sent_us = w->now_us;
	j->work_tokens = (uint64_t)term->tokens;
	j->fetched = fetched;
	j->moved_us = (uint64_t)(1e3 * term->transfer);
	return j;
}

static void note_memory(struct world_worker *x, const struct offer *o,
			struct engine_job *j, double output)
{
	const struct world *w = x->world;
	double block = (double)w->scheme.block_size;
	struct others_sent sent = {
		.live = (double)j->tokens + output,
		.computed = o->term[x->id].tokens + output,
		.shared = o->q->candidate[x->id].coming_blocks * block,
	};

	j->part.live_tokens = (uint32_t)sent.live;
	backlog_add(&x->backlog, &j->part,
		    (uint64_t)others_brings(&x->others, &sent), w->now_us);
}

/* As the gateway follows it. */
static void count_job(struct world *w, const struct offer *o,
		      struct engine_job *j, double output)
{
	const struct chain *chain = o->chain;
	struct world_worker *x = &w->worker[j->worker];

	x->inflight++;
	if (x->unanswered++ == 0)
		x->began_us = w->now_us;
	x->inflight_tokens += j->work_tokens;
	recent_add(&x->recent, j->work_tokens, w->now_us / 1000);
	x->served++;
	note_peak(w, x);
	note_memory(x, o, j, output);
	j->underway = underway_add(w->underway, x->id, chain->key, chain->n);
	reuse_asked(w->reuse, x->id, chain->key, chain->n,
		    (double)w->now_us / 1e6);
	for (size_t i = 0; i < chain->n; i++)
		index_store(w->approx, chain->key[i], x->id, INDEX_GPU);
}

static struct engine_job *decode_leg(struct world *w, const struct offer *o)
{
	struct engine_job *j = job_of(w, o, (size_t)o->r->decision.chosen,
				      o->chain->n);

	j->decode_us = o->r->decode_us;
	j->handed = true;
	count_job(w, o, j, w->output_tokens);
	return j;
}

static size_t moved_blocks(const struct policy_candidate *c,
			   const struct policy_term *term)
{
	if (term->source >= 0)
		return term->fetch_blocks;
	return term->leaves_store ? 0 : c->store_blocks;
}

/* Who computes the prompt. */
static void submit(struct world *w, const struct offer *o, size_t to)
{
	const struct policy_candidate *c = &o->q->candidate[to];
	const struct policy_term *term = &o->term[to];
	bool split = o->r->prefill >= 0;
	struct engine_job *j = job_of(w, o, to, moved_blocks(c, term));

	place_sent(w, o->chain, j->worker);
	j->prefills = split;
	if (split)
		j->next = decode_leg(w, o);
	else
		j->decode_us = o->r->decode_us;
	lobby_enter(&w->lobby, o->r, o->chain, j->tokens, c, &j->seat,
		    w->now_us / 1000);
	count_job(w, o, j, split ? 1 : w->output_tokens);
	j->moved_us += w->now_us;
	engine_submit(&w->worker[to].engine, j, w->now_us);
}

void world_serve(struct world *w, struct world_request *r,
		 const struct policy_query *q, const struct policy_term *term,
		 const struct chain *chain)
{
	const struct offer o = {r, q, term, chain};
	int to = r->prefill >= 0 ? r->prefill : r->decision.chosen;
	const struct policy_candidate *c = &q->candidate[to];

	r->source = term[to].source;
	if (r->source < 0 && c->store_blocks > 0 && !term[to].leaves_store)
		r->source = WORLD_STORE;
	if (term[to].source >= 0)
		give(w, &q->candidate[r->source], c, &term[to]);
	submit(w, &o, (size_t)to);
}

void world_hand_over(struct world *w, struct engine_job *j)
{
	j->moved_us += w->now_us;
	engine_submit(&w->worker[j->worker].engine, j, w->now_us);
}

static struct pair_side side_of(const struct world *w,
				const struct policy_candidate *c)
{
	const struct world_worker *x = &w->worker[c->worker];
	bool gives = x->id < w->n_prefill;
	bool full = x->max_inflight > 0 && x->inflight >= x->max_inflight;

	return (struct pair_side){
		.gives = gives,
		.takes = !gives,
		.steered = true,
		.decodes = !gives,
		.exclusion = x->state == POLICY_ALLOWED && full ? POLICY_FULL
								: x->state,
	};
}

bool world_pair(struct world *w, struct world_request *r,
		const struct policy_query *q, struct policy_term *term,
		struct arena *arena)
{
	struct pair_side side[WORLD_MAX_WORKERS];
	const struct pair_ask ask = {w->policy, &w->options, q, side, arena};
	struct pair_decision pair;

	r->prefill = -1;
	if (w->n_prefill == 0)
		return false;
	for (size_t i = 0; i < q->n; i++)
		side[i] = side_of(w, &q->candidate[i]);
	pair_decide(&ask, &w->state, term, &pair);
	if (pair.decode < 0)
		return false;
	r->prefill = pair.prefill;
	r->decision = (struct policy_decision){pair.decode, pair.reason};
	return true;
}
