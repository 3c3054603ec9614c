/* CHOOSE: which worker serves it, by the model's policy. */
#include "common/base/clock.h"
#include "common/base/fingerprint.h"
#include "router/proxy/candidacy.h"
#include "router/proxy/funnel.h"
#include "router/proxy/kv_room.h"
#include "router/proxy/match.h"
#include "router/proxy/outlook.h"
#include "router/proxy/pairing.h"
#include "router/proxy/placing.h"
#include "router/proxy/request.h"
#include "router/proxy/twins.h"

static uint64_t hash_of(struct slice s)
{
	uint64_t h = s.n ? fingerprint64(s, 0) : 0;

	return s.n && h == 0 ? 1 : h; /* 0 means: none */
}

/* By header or body. */
static uint64_t session_named(const struct request *r)
{
	const char *name = r->fleet->conf->session_header;
	const struct http_header *h = NULL;

	if (name != NULL && *name != '\0')
		h = http_header_find(r->draft->head, slice_of(name));
	if (h != NULL && h->value.n > 0)
		return hash_of(h->value);
	return hash_of(r->draft->api.session);
}

/* The same, else whom the body calls the user. */
static uint64_t session_of(const struct request *r)
{
	uint64_t session = r->draft->named;

	return session != 0 ? session : hash_of(r->draft->api.user);
}

static void note_choice(struct request *r)
{
	struct choice *c = &r->choice;
	const struct draft *d = r->draft;

	funnel_note(r);
	if (d->legs != NULL)
		c->work_tokens = 0; /* another computes it */
	else if (r->prompt.known)
		c->work_tokens = (uint32_t)d->term[d->decision.chosen].tokens;
	else /* four bytes a token is what it mostly comes to */
		c->work_tokens = (uint32_t)(buf_len(&d->body) / 4);
}

/* When every worker looks down, the looks may be what is wrong. */
static bool fail_open(struct request *r)
{
	bool any = false;

	for (size_t i = 0; i < r->draft->n_candidates; i++) {
		struct policy_candidate *c = &r->draft->candidate[i];

		if (c->exclusion == POLICY_ALLOWED ||
		    c->exclusion == POLICY_FULL ||
		    c->exclusion == POLICY_CROWDED)
			return false;
		any |= c->exclusion == POLICY_DOWN;
	}
	for (size_t i = 0; any && i < r->draft->n_candidates; i++)
		if (r->draft->candidate[i].exclusion == POLICY_DOWN)
			r->draft->candidate[i].exclusion = POLICY_ALLOWED;
	return any;
}

/* What it lacks now may be there in a moment. */
static bool may_wait(const struct request *r)
{
	if (r->draft->is_twin)
		return true;
	for (size_t i = 0; i < r->draft->n_candidates; i++) {
		enum policy_exclusion e = r->draft->candidate[i].exclusion;

		if (e == POLICY_FULL || e == POLICY_CROWDED)
			return true;
	}
	return false;
}

static struct policy_query query_of(const struct request *r)
{
	const struct choice *c = &r->choice;
	const struct draft *d = r->draft;

	return (struct policy_query){
		.candidate = d->candidate,
		.n = d->n_candidates,
		.prompt_tokens = r->prompt.n_tokens,
		.prompt_blocks = c->prompt_blocks,
		.block_size = c->block_size,
		.session = session_of(r),
		.output_tokens = outlook_output(r),
	};
}

static void decide(struct request *r)
{
	const struct conf_model *m = r->model->conf;
	struct draft *d = r->draft;

	m->policy->decide(&m->policy_options, &d->query, &r->proxy->policy,
			  d->term, &d->decision);
}

/* They are there, but asked to be left alone for a while. */
static bool all_paused(const struct request *r)
{
	bool any = false;

	for (size_t i = 0; i < r->draft->n_candidates; i++) {
		any |= r->draft->candidate[i].exclusion == POLICY_PAUSED;
		if (r->draft->candidate[i].exclusion == POLICY_BROKEN)
			return false;
	}
	return any;
}

static enum flow nobody(struct request *r)
{
	struct api_error e;

	if (may_wait(r)) {
		request_step(r, STEP_QUEUE);
		return FLOW_GO;
	}
	api_error_set(&e, 503, NULL, "no_worker",
		      "No worker can serve this request now");
	r->draft->retry_after_s = candidacy_retry_after(r);
	if (!all_paused(r))
		return request_fail(r, OUTCOME_UPSTREAM_ERROR, "no worker", &e);
	metric_inc(cells_get(&r->proxy->cells, METRICS_SHED, "paused", NULL,
			     NULL));
	return request_fail(r, OUTCOME_SHED, r->choice.reason, &e);
}

/* What keeps it from the i-th candidate after all, if anything does. */
static enum policy_exclusion take(struct request *r, size_t i)
{
	struct worker *w = r->model->worker[i];

	if (!kv_room_take(r, i))
		return POLICY_CROWDED;
	if (candidacy_take(r, w))
		return POLICY_ALLOWED;
	kv_room_give_back(r, w);
	return POLICY_BROKEN;
}

/* NULL: nobody may serve it. An explanation takes nothing. */
static struct worker *decide_and_take(struct request *r)
{
	struct draft *d = r->draft;
	enum policy_exclusion *out;

	decide(r);
	if (d->decision.chosen < 0 && fail_open(r))
		decide(r);
	if (d->explained == NULL && twins_hold(r))
		return NULL;
	while (d->decision.chosen >= 0) {
		out = &d->candidate[d->decision.chosen].exclusion;
		if (d->explained == NULL)
			*out = take(r, (size_t)d->decision.chosen);
		if (*out == POLICY_ALLOWED)
			return r->model->worker[d->decision.chosen];
		decide(r);
	}
	return NULL;
}

static void count_decision(struct request *r)
{
	struct cells *c = &r->proxy->cells;
	const char *model = r->model->conf->name;

	metric_observe(cells_of(c, cells_sheet(c, model), CELLS_DECISION),
		       (double)r->choice.took_ns / 1e9);
	metric_inc(cells_get(c, METRICS_DECISIONS, model, r->worker->name,
			     r->choice.reason));
}

/* Of a second choice what lies between is waiting, or another's answer. */
static uint64_t begun_ns(const struct request *r)
{
	return r->was_queued || r->n_tried > 0 ? r->draft->choose_ns
					       : r->draft->ready_ns;
}

enum flow step_choose(struct request *r)
{
	struct draft *d = r->draft;
	struct worker *w;

	/* A second try finds its load and index as they are then. */
	r->choice = (struct choice){.block_size = r->choice.block_size};
	d->choose_ns = clock_ns();
	if (conf_needs_blocks(r->model->conf))
		match_hash(r);
	else
		r->choice.block_size = (uint32_t)r->model->tokens.block_size;
	match_candidates(r);
	d->named = session_named(r);
	d->query = query_of(r);
	kv_room_exclude(r);
	placing_favour(r);
	w = pairing_take(r);
	if (w == NULL)
		w = decide_and_take(r);
	d->decided_ns = clock_ns();
	r->choice.took_ns = d->decided_ns - begun_ns(r);
	r->choice.reason = d->decision.reason;
	decided_note(r);
	if (d->explained != NULL)
		return explain_answer(r);
	if (w == NULL)
		return nobody(r);
	if (r->n_tried == 0)
		budget_count(r->proxy->o.budget, &r->proxy->budget_part,
			     d->decided_ns / 1000000);
	note_choice(r);
	if (UNLIKELY(r->model->store != NULL))
		store_load_note(r);
	placing_see(r);
	r->choice.index_version = (uint32_t)atomic_load_explicit(
		&w->index_version, memory_order_acquire);
	request_hold(r, w);
	count_decision(r);
	request_step(r, d->legs != NULL ? STEP_PREFILL : STEP_SEND);
	return FLOW_GO;
}
