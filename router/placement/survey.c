#include "router/placement/survey.h"

#include <math.h>
#include <stdlib.h>

#include "common/base/mem.h"
#include "router/policy/price.h"
#include "router/transfer/peer.h"
#include "router/transfer/transfer.h"

/* A single sighting counts for so much after a minute. */
#define OF_LATE 0.25

/* --- workers ------------------------------------------------------------- */

static double room_of(const struct worker *w, const struct backlog_view *has)
{
	size_t blocks = atomic_load_explicit(&w->kv_blocks,
					     memory_order_relaxed);
	double all = (double)blocks * (double)worker_block_size(w);

	return blocks > 0 ? all - (double)has->live_tokens : INFINITY;
}

/* Who only prefills for others must be one that can be told whom to fetch
 * from. */
static bool computes_prompts(const struct worker *w)
{
	const struct transfer *t = transfer_find(w->connector);

	return worker_serves_alone(w) ||
	       (t != NULL && t->steered &&
		connector_gives(w->role, w->connector));
}

static struct plan_worker look_at(const struct survey_view *v,
				  const struct worker *w,
				  struct policy_rates *rates)
{
	struct backlog_view has = backlog_look(&w->backlog, v->now_ms * 1000);
	enum gate g = atomic_load_explicit(&w->gate, memory_order_relaxed);
	bool peer = peer_has_tier(w), there;

	if (!rates_get(&w->rates, rates))
		*rates = price_usual;
	there = gate_admits(g) || g == GATE_DRAINING;
	return (struct plan_worker){
		.rates = rates,
		.busy = plan_busy(rates,
				  recent_read(&w->recent_tokens, v->now_ms),
				  has.ahead_ms),
		.room_tokens = room_of(w, &has),
		.reuse = atomic_load_explicit(&w->reuse_ppm,
					      memory_order_relaxed) /
			 1e6,
		.admits = g <= GATE_LIFTED && computes_prompts(w),
		.drains = g == GATE_DRAINING,
		.warms = g == GATE_RAMPS,
		.gives = peer && there &&
			 (atomic_load_explicit(&w->spills,
					       memory_order_relaxed) ||
			  index_worker_blocks(v->index, w->id, INDEX_OTHER) >
				  0),
		.fetches = peer,
	};
}

static void add_workers(const struct survey_view *v, struct survey *s)
{
	const struct fleet_model *m = v->model;

	s->query.n_workers = m->n_workers;
	s->query.worker = mem_array(m->n_workers, sizeof(*s->query.worker));
	s->rates = mem_array(m->n_workers, sizeof(*s->rates));
	for (size_t i = 0; i < m->n_workers; i++) {
		s->query.worker[i] = look_at(v, m->worker[i], &s->rates[i]);
		s->query.worker[i].zone = m->place[i].zone;
		s->query.worker[i].rack = m->place[i].rack;
	}
}

static bool count_under_way(const struct survey_view *v, struct survey *s)
{
	bool any = false;

	for (size_t i = 0; i < s->query.n_workers; i++) {
		struct plan_worker *w = &s->query.worker[i];
		unsigned id = v->model->worker[i]->id;

		for (size_t k = 0; k < MOVES_KEPT; k++) {
			const struct move *o = &v->moves->move[k];

			if (!move_is_open(o))
				continue;
			w->getting += o->to == id;
			w->giving += o->from == id;
		}
		any |= w->fetches;
	}
	return any;
}

/* --- prefixes ------------------------------------------------------------ */

struct hot {
	const struct book_prefix *prefix;
	double heat;
};

static int hottest_first(const void *a, const void *b)
{
	double x = ((const struct hot *)a)->heat;
	double y = ((const struct hot *)b)->heat;

	return (x < y) - (x > y);
}

static size_t pick_hottest(const struct survey_view *v, struct hot *out)
{
	size_t n = 0;

	for (size_t i = 0; i < BOOK_PREFIXES; i++) {
		const struct book_prefix *p = &v->book->prefix[i];

		if (p->blocks > 0 && p->model == v->number)
			out[n++] = (struct hot){
				p,
				book_outlook(p, v->now_ms) * p->blocks,
			};
	}
	qsort(out, n, sizeof(*out), hottest_first);
	return n < SURVEY_PREFIXES ? n : SURVEY_PREFIXES;
}

static enum worker_keys keys_of(const struct worker *w)
{
	return atomic_load_explicit(&w->keys, memory_order_acquire);
}

static bool is_exact(const struct worker *w)
{
	return atomic_load_explicit(&w->trust, memory_order_acquire) ==
	       WORKER_EXACT;
}

bool survey_is_there(struct index_reader *read, const struct worker *w,
		     uint64_t tokens_key, uint64_t engine_key)
{
	bool engine = keys_of(w) == WORKER_KEYS_ENGINE;
	uint64_t key = engine ? engine_key : tokens_key;
	uint32_t found[1][INDEX_TIERS];

	if (key == 0 || !is_exact(w))
		return false;
	index_match(read, &key, 1, &w->id, 1, found);
	return found[0][INDEX_GPU] > 0 || found[0][INDEX_OTHER] > 0;
}

/* Those whose events name blocks so. */
static void find_holders_by(const struct survey_view *v, uint64_t key,
			    enum worker_keys keys, enum plan_holds *holds)
{
	const struct fleet_model *m = v->model;
	uint32_t found[INDEX_MAX_WORKERS][INDEX_TIERS];

	if (key == 0)
		return;
	index_match(v->read, &key, 1, m->worker_id, m->n_workers, found);
	for (size_t i = 0; i < m->n_workers; i++) {
		const struct worker *w = m->worker[i];
		bool by_engine = keys_of(w) == WORKER_KEYS_ENGINE;

		if (by_engine == (keys == WORKER_KEYS_ENGINE) && is_exact(w) &&
		    (found[i][INDEX_GPU] > 0 || found[i][INDEX_OTHER] > 0))
			holds[i] = PLAN_HOLDS;
	}
}

static void note_coming(const struct survey_view *v, unsigned id,
			enum plan_holds *holds)
{
	for (size_t i = 0; i < v->model->n_workers; i++)
		if (v->model->worker_id[i] == id && holds[i] == PLAN_LACKS)
			holds[i] = PLAN_COMING;
}

static void find_holders(const struct survey_view *v,
			 const struct book_prefix *p, enum plan_holds *holds)
{
	find_holders_by(v, p->engine_key, WORKER_KEYS_ENGINE, holds);
	find_holders_by(v, p->tokens_key, WORKER_KEYS_TOKENS, holds);
	for (size_t i = 0; i < MOVES_KEPT; i++) {
		const struct move *o = &v->moves->move[i];

		if (o->tokens_key == p->tokens_key && move_bars(o, v->now_ms))
			note_coming(v, o->to, holds);
	}
}

static void add_prefixes(const struct survey_view *v, struct survey *s)
{
	size_t block = fleet_block_size(v->model), n_workers;
	struct hot hot[BOOK_PREFIXES];

	n_workers = v->model->n_workers;
	s->query.n_prefixes = pick_hottest(v, hot);
	s->query.prefix = mem_array(SURVEY_PREFIXES, sizeof(*s->query.prefix));
	s->holds = mem_zalloc(SURVEY_PREFIXES * n_workers * sizeof(*s->holds));
	for (size_t i = 0; i < s->query.n_prefixes; i++) {
		const struct book_prefix *p = hot[i].prefix;

		s->prefix[i] = p;
		s->query.prefix[i] = (struct plan_prefix){
			.id = i,
			.tokens = (uint32_t)(p->blocks * block),
			.beyond = p->beyond,
			.rate = book_rate(p, v->now_ms),
			.outlook = book_outlook(p, v->now_ms),
			.weight = book_weight(p, v->now_ms),
			.holds = s->holds + i * n_workers,
		};
		find_holders(v, p, s->query.prefix[i].holds);
	}
}

void survey_make(const struct survey_view *v, struct survey *out)
{
	*out = (struct survey){0};
	add_workers(v, out);
	if (count_under_way(v, out))
		add_prefixes(v, out);
}

static bool is_held_by_others(const struct plan_query *q,
			      const struct plan_prefix *p)
{
	for (size_t i = 0; i < q->n_workers; i++)
		if (p->holds[i] == PLAN_HOLDS && q->worker[i].admits)
			return true;
	return false;
}

unsigned survey_only_there(const struct survey *s, size_t worker)
{
	const struct plan_query *q = &s->query;
	unsigned n = 0;

	for (size_t i = 0; i < q->n_prefixes; i++) {
		const struct plan_prefix *p = &q->prefix[i];

		n += p->weight >= OF_LATE && p->holds[worker] == PLAN_HOLDS &&
		     !is_held_by_others(q, p);
	}
	return n;
}

void survey_fini(struct survey *s)
{
	mem_free(s->query.worker);
	mem_free(s->query.prefix);
	mem_free(s->rates);
	mem_free(s->holds);
}
