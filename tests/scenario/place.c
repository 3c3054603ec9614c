#include "tests/scenario/place.h"

#include "router/policy/choose.h"
#include "tests/scenario/world.h"

#define PREFIXES 64
#define MOST_MS  250

void place_saw(struct world *w, const struct chain *chain,
	       const struct policy_query *q)
{
	uint32_t best = 0, block = w->scheme.block_size;

	for (size_t i = 0; i < q->n; i++)
		if (q->candidate[i].held_blocks > best)
			best = q->candidate[i].held_blocks;
	if (!w->peers || best == 0)
		return;
	book_saw(&w->place.book,
		 &(struct sighting){
			 .tokens_key = chain->key[best - 1],
			 .blocks = best,
			 .beyond = (uint32_t)q->prompt_tokens - best * block,
		 },
		 1, w->now_us / 1000);
}

static struct plan_worker worker_of(const struct world_worker *x)
{
	uint64_t now_ms = x->world->now_us / 1000;
	uint64_t recent = recent_read(&x->recent, now_ms) + x->extra.recent;
	double room = (double)(x->engine.max_blocks * x->engine.block_size);

	return (struct plan_worker){
		.rates = &x->rates,
		.busy = plan_busy(&x->rates, recent, world_ahead_ms(x)),
		.room_tokens = room * (1 - engine_usage(&x->engine)),
		.admits = x->state == POLICY_ALLOWED,
		.drains = x->state == POLICY_DRAINING,
		.warms = world_slow_start(x) > 0,
		.gives = x->state != POLICY_DOWN,
		.fetches = true,
	};
}

static size_t pick(const struct world *w, struct plan_prefix *out,
		   enum plan_holds holds[PREFIXES][WORLD_MAX_WORKERS])
{
	uint32_t found[WORLD_MAX_WORKERS][INDEX_TIERS];
	uint64_t now_ms = w->now_us / 1000;
	size_t n = 0;

	for (size_t i = 0; i < BOOK_PREFIXES && n < PREFIXES; i++) {
		const struct book_prefix *p = &w->place.book.prefix[i];

		if (p->blocks == 0)
			continue;
		index_match(w->read_index, &p->tokens_key, 1, w->id, w->n,
			    found);
		for (size_t k = 0; k < w->n; k++)
			holds[n][k] = found[k][INDEX_GPU] > 0 ? PLAN_HOLDS
							      : PLAN_LACKS;
		out[n] = (struct plan_prefix){
			.id = i,
			.tokens = p->blocks * w->scheme.block_size,
			.beyond = p->beyond,
			.rate = book_rate(p, now_ms),
			.outlook = book_outlook(p, now_ms),
			.weight = book_weight(p, now_ms),
			.holds = holds[n],
		};
		n++;
	}
	return n;
}

void place_plan(struct world *w, size_t max_moves)
{
	struct plan_worker worker[WORLD_MAX_WORKERS];
	struct plan_prefix prefix[PREFIXES];
	enum plan_holds holds[PREFIXES][WORLD_MAX_WORKERS];
	struct plan_move move[PLACE_MOVES];
	struct plan_query q = {
		.worker = worker,
		.n_workers = w->n,
		.prefix = prefix,
		.n_prefixes = pick(w, prefix, holds),
		.max_moves = max_moves < PLACE_MOVES ? max_moves : PLACE_MOVES,
		.at_a_time = 8,
	};

	for (size_t i = 0; i < w->n; i++)
		worker[i] = worker_of(&w->worker[i]);
	w->place.n = plan_make(&q, move);
	for (size_t i = 0; i < w->place.n; i++)
		w->place.move[i] = (struct place_move){
			.key = w->place.book.prefix[move[i].prefix].tokens_key,
			.from = move[i].from,
			.to = move[i].to,
			.reason = move[i].reason,
			.gain_ms = move[i].gain_ms,
			.blocks = w->place.book.prefix[move[i].prefix].blocks,
		};
}

static const struct place_move *longest(const struct world *w,
					const struct chain *chain, size_t n)
{
	const struct place_move *best = NULL;

	for (size_t i = 0; w->placement && i < w->place.n; i++) {
		const struct place_move *m = &w->place.move[i];

		if (!m->taken && m->blocks <= n &&
		    chain->key[m->blocks - 1] == m->key &&
		    (best == NULL || m->blocks > best->blocks))
			best = m;
	}
	return best;
}

void place_favour(const struct world *w, const struct chain *chain, size_t n,
		  struct policy_candidate *c)
{
	const struct place_move *m = longest(w, chain, n);

	if (m != NULL)
		c[m->to].favour_ms = least_of(m->gain_ms, MOST_MS);
}

void place_sent(struct world *w, const struct chain *chain, unsigned to)
{
	for (size_t i = 0; i < w->place.n; i++) {
		struct place_move *m = &w->place.move[i];

		if (m->to == to && m->blocks <= chain->n &&
		    chain->key[m->blocks - 1] == m->key)
			m->taken = true;
	}
}

const struct place_move *place_find(const struct place *p, uint64_t key,
				    unsigned to)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->move[i].key == key && p->move[i].to == to)
			return &p->move[i];
	return NULL;
}
