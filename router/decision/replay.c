#include "router/decision/replay.h"

#include <math.h>
#include <string.h>

#include "common/base/mem.h"
#include "router/decision/record.h"

/* Requests under way at a time that are followed to their end. */
#define MAX_OPEN ((size_t)1 << 20)

/* A request that is not over. */
struct replay_open {
	bool same;
	uint64_t held_tokens;
};

void replay_init(struct replay *r, const struct conf_model *m)
{
	*r = (struct replay){.model = m};
	/* The same log gives the same result. */
	policy_state_init(&r->state, 1);
	map_init(&r->by_name);
	map_init(&r->open);
	arena_init(&r->arena);
}

void replay_fini(struct replay *r)
{
	struct slice key;
	size_t at = 0;
	void *open;

	while (map_next(&r->open, &at, &key, &open))
		mem_free(open);
	map_fini(&r->open);
	map_fini(&r->by_name);
	for (size_t i = 0; i < r->n_workers; i++) {
		mem_free(r->worker[i]->name);
		mem_free(r->worker[i]);
	}
	mem_free(r->worker);
	mem_free(r->policy);
	arena_fini(&r->arena);
	*r = (struct replay){0};
}

static struct replay_worker *worker_of(struct replay *r, struct slice name)
{
	struct replay_worker *w = map_find(&r->by_name, name);

	if (w != NULL)
		return w;
	w = mem_zalloc(sizeof(*w));
	w->name = mem_strndup(name.p, name.n);
	map_set(&r->by_name, name, w);
	r->worker = mem_realloc(r->worker,
				(r->n_workers + 1) * sizeof(r->worker[0]));
	r->worker[r->n_workers++] = w;
	return w;
}

static void add(struct replay_mean *m, double value)
{
	if (!isfinite(value))
		return;
	m->sum += value;
	m->n++;
}

double replay_mean_of(const struct replay_mean *m)
{
	return m->n > 0 ? m->sum / (double)m->n : 0;
}

static uint64_t held_tokens(const struct decision_line *l, int place)
{
	if (place < 0)
		return 0;
	return (uint64_t)decision_held_blocks(&l->query.candidate[place]) *
	       l->query.block_size;
}

static uint64_t best_held_tokens(const struct decision_line *l)
{
	uint64_t best = 0;

	for (size_t i = 0; i < l->query.n; i++)
		if (held_tokens(l, (int)i) > best)
			best = held_tokens(l, (int)i);
	return best;
}

static void note_side(struct replay_side *side, const struct decision_line *l,
		      struct pair_ends ends, const struct again_side *weighed)
{
	if (ends.decode < 0) {
		side->nobody++;
		return;
	}
	side->held_tokens += held_tokens(l, again_computing(ends));
	add(&side->cost, weighed->cost);
	add(&side->first, weighed->first_ms);
}

static void follow(struct replay *r, const struct decision_line *l, bool same)
{
	int computing = again_computing(
		(struct pair_ends){l->prefill, l->chosen});
	struct replay_open *open;

	if (l->chosen < 0 || r->open.n >= MAX_OPEN)
		return;
	open = mem_alloc(sizeof(*open));
	*open = (struct replay_open){same, held_tokens(l, computing)};
	/* Of several tries the last one's outcome is known. */
	mem_free(map_set(&r->open, l->id, open));
}

static void note_policy(struct replay *r, struct slice name)
{
	if (r->policy != NULL && slice_equal(slice_of(r->policy), name))
		return;
	mem_free(r->policy);
	r->policy = mem_strndup(name.n > 0 ? name.p : "", name.n);
}

static void note_pairs(struct replay_pairs *p, const struct again_made *made,
		       struct pair_ends was)
{
	p->n++;
	p->recorded += was.prefill >= 0;
	p->again += made->now.prefill >= 0;
	p->to[made->change]++;
}

static void note_workers(struct replay *r, const struct decision_line *l,
			 struct pair_ends was, struct pair_ends now)
{
	const int place[] = {was.prefill, was.decode, now.prefill, now.decode};

	for (size_t i = 0; i < ARRAY_LEN(place); i++) {
		struct replay_worker *w;

		if (place[i] < 0)
			continue;
		w = worker_of(r, l->worker[place[i]]);
		w->recorded += i < 2;
		w->again += i >= 2;
	}
}

static void decide(struct replay *r, const struct decision_line *l,
		   struct pair_ends was, struct again_made *out)
{
	const struct conf_model *m = r->model;
	const struct again_ask ask = {
		.of = {.policy = m->policy,
		       .options = &m->policy_options,
		       .query = &l->query,
		       .side = l->side,
		       .arena = &r->arena},
		.guessed_tokens = l->guessed_tokens,
		.was = was,
		.priced = slice_equal(l->unit, SLICE("ms")) ? l->term : NULL,
	};
	struct policy_term *term = arena_array(&r->arena, l->query.n + 1,
					       sizeof(*term));

	again_decide(&ask, &r->state, term, out);
}

void replay_decision(struct replay *r, const struct decision_line *l)
{
	struct pair_ends was = {l->prefill, l->chosen};
	struct again_made made;

	if (l->prefill >= 0 && l->side == NULL) {
		r->split++;
		return;
	}
	arena_reset(&r->arena);
	decide(r, l, was, &made);
	r->n++;
	r->same += made.change == AGAIN_SAME;
	if (l->side != NULL)
		note_pairs(&r->pairs, &made, was);
	r->best_held_tokens += best_held_tokens(l);
	note_policy(r, l->policy);
	note_side(&r->recorded, l, was, &made.was_side);
	note_side(&r->again, l, made.now, &made.now_side);
	note_workers(r, l, was, made.now);
	follow(r, l, made.change == AGAIN_SAME);
}

bool replay_ended(struct replay *r, const struct decision_line *l)
{
	struct replay_open *open = map_remove(&r->open, l->id);
	struct replay_outcome *o;

	if (open == NULL)
		return false;
	o = open->same ? &r->stays : &r->goes;
	o->n++;
	if (l->cached_tokens >= 0 && l->prompt_tokens >= 0) {
		o->held_tokens += open->held_tokens;
		o->prompt_tokens += (uint64_t)l->prompt_tokens;
		o->cached_tokens += (uint64_t)l->cached_tokens;
	}
	if (l->ttfb_ms >= 0)
		add(&o->ttfb_ms, l->ttfb_ms);
	mem_free(open);
	return true;
}

double replay_imbalance(const struct replay *r, bool again)
{
	uint64_t most = 0, all = 0;

	for (size_t i = 0; i < r->n_workers; i++) {
		const struct replay_worker *w = r->worker[i];
		uint64_t n = again ? w->again : w->recorded;

		all += n;
		most = n > most ? n : most;
	}
	if (all == 0)
		return 0;
	return (double)most * (double)r->n_workers / (double)all;
}
