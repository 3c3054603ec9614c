#include "router/proxy/pairing.h"

#include "router/proxy/candidacy.h"
#include "router/proxy/kv_room.h"
#include "router/proxy/legs.h"

/* As many as a token mostly has. */
#define BYTES_A_TOKEN 4
/* A release is below it. */
#define KIND_RELEASES 65536

static bool has_member(const struct request *r, const char *name)
{
	const struct splice *body = &r->draft->api.body;

	return splice_find(body, name, 0) < body->n;
}

/* Of these the prefill worker knows nothing, or decode must compute the
 * prompt to answer. */
static bool wants_one_worker(const struct request *r)
{
	static const char *const name[] = {"echo", "prompt_logprobs",
					   "background",
					   "previous_response_id"};

	for (size_t i = 0; i < ARRAY_LEN(name); i++)
		if (has_member(r, name[i]))
			return true;
	return false;
}

static bool has_prompt(const struct request *r)
{
	return api_kind_is_chat(r->endpoint->kind) ||
	       r->endpoint->kind == API_COMPLETION;
}

static bool is_batch(const struct api_request *a)
{
	return a->n_prompts > 1 || a->n > 1 || a->best_of > 1;
}

/* What the connector can carry. */
static bool fits(const struct request *r, const struct transfer *t)
{
	enum api_kind kind = r->endpoint->kind;

	if (t->chat_only && kind != API_CHAT && kind != API_COMPLETION)
		return false;
	return t->batches || !is_batch(&r->draft->api);
}

static bool is_found(const struct worker *w, const struct transfer *t)
{
	return !t->needs_engine || w->transfer.engine_id != NULL ||
	       engine_name_is_known(&w->engine);
}

/* Both ends must be of one release: engines compare what they are. */
static uint32_t kind_of(const struct worker *w)
{
	return (uint32_t)w->connector * KIND_RELEASES +
	       atomic_load_explicit(&w->release, memory_order_relaxed) %
		       KIND_RELEASES;
}

/* Its role apart; room in its memory is what decode needs. */
static enum policy_exclusion exclusion_of(const struct request *r, size_t i)
{
	struct worker *w = r->model->worker[i];
	enum policy_exclusion e = candidacy_besides_role(r, w);

	if (e != POLICY_ALLOWED || !connector_takes(w->role, w->connector))
		return e;
	if (r->draft->candidate[i].exclusion == POLICY_CROWDED)
		return POLICY_CROWDED;
	return worker_serves_alone(w) || kv_room_is_free(r, i) ? POLICY_ALLOWED
							       : POLICY_FULL;
}

static struct pair_side side_of(const struct request *r, size_t i)
{
	struct worker *w = r->model->worker[i];
	const struct transfer *t = transfer_find(w->connector);
	bool able = t != NULL && fits(r, t);

	return (struct pair_side){
		.gives = able && connector_gives(w->role, w->connector) &&
			 is_found(w, t),
		.takes = able && connector_takes(w->role, w->connector),
		.steered = able && t->steered,
		.decodes = w->role == CONF_ROLE_DECODE,
		.kind = kind_of(w),
		.exclusion = exclusion_of(r, i),
	};
}

static struct pair_side *sides_of(struct request *r)
{
	const struct fleet_model *m = r->model;
	struct pair_side *side = arena_array(&r->draft->arena, m->n_workers,
					     sizeof(*side));

	for (size_t i = 0; i < m->n_workers; i++)
		side[i] = side_of(r, i);
	return side;
}

static void decide(struct request *r)
{
	const struct conf_model *m = r->model->conf;
	struct draft *d = r->draft;
	struct policy_query q = d->query;
	const struct pair_ask ask = {
		.policy = m->policy,
		.options = &m->policy_options,
		.query = &q,
		.side = d->side,
		.arena = &d->arena,
	};

	if (d->guessed_tokens > 0)
		q.prompt_tokens = d->guessed_tokens;
	pair_decide(&ask, &r->proxy->policy, d->term, &d->pair);
}

static size_t guess(const struct draft *d)
{
	const struct policy_query *q = &d->query;

	if (q->prompt_tokens > 0 || q->prompt_blocks > 0)
		return 0;
	return buf_len(&d->body) / BYTES_A_TOKEN;
}

static struct slice engine_id_of(struct request *r, struct worker *w)
{
	char text[ENGINE_NAME_BYTES];

	if (w->transfer.engine_id != NULL)
		return slice_of(w->transfer.engine_id);
	return arena_copy(&r->draft->arena, engine_name_get(&w->engine, text));
}

static struct transfer_pair pair_of(struct request *r, struct worker *prefill,
				    struct worker *decode)
{
	const struct api_request *a = &r->draft->api;

	return (struct transfer_pair){
		.prefill = prefill,
		.decode = decode,
		.id = slice_of(r->id),
		.engine_id = engine_id_of(r, prefill),
		.nonce = rng_next(&r->proxy->rng),
		.n_prompts = a->n_prompts > 0 ? a->n_prompts : 1,
	};
}

/* What keeps it from the worker that decodes after all. */
static enum policy_exclusion take_decode(struct request *r, int i)
{
	struct worker *w = r->model->worker[i];

	if (!kv_room_take(r, (size_t)i))
		return POLICY_CROWDED;
	if (candidacy_take(r, w))
		return POLICY_ALLOWED;
	kv_room_give_back(r, w);
	return POLICY_BROKEN;
}

/* False if one of them is not to be had any more: its side is out then. */
static bool take_both(struct request *r)
{
	const struct pair_decision *p = &r->draft->pair;
	struct pair_side *side = r->draft->side;
	struct worker *prefill = r->model->worker[p->prefill];
	struct worker *decode = r->model->worker[p->decode];
	struct transfer_pair pair = pair_of(r, prefill, decode);
	enum gate gate;

	if (!candidacy_take_gate(prefill, &gate)) {
		side[p->prefill].exclusion = POLICY_BROKEN;
		return false;
	}
	side[p->decode].exclusion = take_decode(r, p->decode);
	if (side[p->decode].exclusion != POLICY_ALLOWED) {
		candidacy_give_gate_back(prefill, gate);
		return false;
	}
	legs_begin(r, prefill, gate, &pair, (uint64_t)p->prefill_tokens);
	return true;
}

/* Where nobody serves alone it is room at the ends of a pair that a request
 * waits for. */
static void note_full(struct request *r)
{
	const struct pair_side *side = r->draft->side;
	const struct fleet_model *m = r->model;

	for (size_t i = 0; i < m->n_workers; i++) {
		const struct connector *c = connector_get(
			m->worker[i]->connector);

		if (!c->decodes_alone && (side[i].gives || side[i].takes) &&
		    side[i].exclusion == POLICY_FULL)
			r->draft->candidate[i].exclusion = POLICY_FULL;
	}
}

struct worker *pairing_take(struct request *r)
{
	struct draft *d = r->draft;

	d->side = NULL;
	if (LIKELY(!r->model->pairs) || d->unsplit || !has_prompt(r) ||
	    wants_one_worker(r))
		return NULL;
	if (r->handed != NULL && r->handed->over)
		legs_are_lost(r);
	d->side = sides_of(r);
	d->guessed_tokens = guess(d);
	do {
		decide(r);
		if (d->pair.decode < 0) {
			note_full(r);
			return NULL;
		}
	} while (d->explained == NULL && !take_both(r));
	d->decision.chosen = d->pair.decode;
	d->decision.reason = d->pair.reason;
	return r->model->worker[d->pair.decode];
}
