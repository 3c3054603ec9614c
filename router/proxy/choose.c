/* CHOOSE: which worker serves it, by the model's policy. */
#include "common/base/clock.h"
#include "common/base/fingerprint.h"
#include "router/proxy/match.h"
#include "router/proxy/request.h"

static uint64_t hash_of(struct slice s)
{
	uint64_t h = s.n ? fingerprint64(s, 0) : 0;

	return s.n && h == 0 ? 1 : h; /* 0 means: none */
}

/* The header, else what the body calls the session or the user. */
static uint64_t session_of(const struct request *r)
{
	const char *name = r->fleet->conf->session_header;
	const struct http_header *h = NULL;

	if (name != NULL && *name != '\0')
		h = http_header_find(&r->head, slice_of(name));
	if (h != NULL && h->value.n > 0)
		return hash_of(h->value);
	if (r->api.session.n > 0)
		return hash_of(r->api.session);
	return hash_of(r->api.user);
}

static void note_choice(struct request *r)
{
	struct choice *c = &r->choice;
	const struct policy_candidate *won = &c->candidate[c->decision.chosen];

	c->exact = won->exact;
	c->held_blocks = won->exact ? won->held_blocks : won->approx_blocks;
	for (size_t i = 0; i < c->n; i++) {
		const struct policy_candidate *x = &c->candidate[i];
		uint32_t held = x->exact ? x->held_blocks : x->approx_blocks;

		if (held > c->best_blocks)
			c->best_blocks = held;
	}
	if (r->prompt.known)
		c->work_tokens = (uint64_t)c->term[c->decision.chosen].tokens;
	else /* four bytes a token is what it mostly comes to */
		c->work_tokens = buf_len(&r->body) / 4;
}

/* When every worker looks down, the looks may be what is wrong. */
static bool fail_open(struct request *r)
{
	bool any = false;

	for (size_t i = 0; i < r->choice.n; i++) {
		struct policy_candidate *c = &r->choice.candidate[i];

		if (c->exclusion == POLICY_ALLOWED ||
		    c->exclusion == POLICY_FULL)
			return false;
		any |= c->exclusion == POLICY_DOWN;
	}
	for (size_t i = 0; any && i < r->choice.n; i++)
		if (r->choice.candidate[i].exclusion == POLICY_DOWN)
			r->choice.candidate[i].exclusion = POLICY_ALLOWED;
	return any;
}

static bool has_full(const struct request *r)
{
	for (size_t i = 0; i < r->choice.n; i++)
		if (r->choice.candidate[i].exclusion == POLICY_FULL)
			return true;
	return false;
}

static void decide(struct request *r)
{
	const struct conf_model *m = r->model->conf;
	struct choice *c = &r->choice;
	const struct policy_query q = {
		.candidate = c->candidate,
		.n = c->n,
		.prompt_tokens = r->prompt.n_tokens,
		.prompt_blocks = c->prompt_blocks,
		.block_size = c->block_size,
		.session = session_of(r),
	};

	m->policy->decide(&m->policy_options, &q, &r->proxy->policy, c->term,
			  &c->decision);
}

static enum flow nobody(struct request *r)
{
	struct api_error e;

	if (has_full(r)) {
		request_step(r, STEP_QUEUE);
		return FLOW_GO;
	}
	api_error_set(&e, 503, NULL, "no_worker",
		      "No worker can serve this request now");
	r->retry_after_s = 1;
	return request_fail(r, OUTCOME_UPSTREAM_ERROR, "no worker", &e);
}

static void count_decision(struct request *r)
{
	double seconds = (double)(r->decided_ns - r->ready_ns) / 1e9;

	metric_observe(cells_get(&r->proxy->cells, METRICS_DECISION,
				 r->model->conf->name, NULL, NULL),
		       seconds);
	metric_inc(cells_get(&r->proxy->cells, METRICS_DECISIONS,
			     r->model->conf->name, r->worker->name,
			     r->choice.decision.reason));
}

enum flow step_choose(struct request *r)
{
	struct worker *w;

	/* A second try finds its load and index as they are then. */
	r->choice = (struct choice){.block_size = r->choice.block_size};
	if (r->model->conf->policy->needs_blocks)
		match_hash(r);
	else
		r->choice.block_size = r->model->tokens.block_size;
	match_candidates(r);
	decide(r);
	if (r->choice.decision.chosen < 0 && fail_open(r))
		decide(r);
	r->decided_ns = clock_ns();
	if (r->explained != NULL)
		return explain_answer(r);
	if (r->choice.decision.chosen < 0)
		return nobody(r);
	note_choice(r);
	w = r->model->worker[r->choice.decision.chosen];
	r->choice.index_version = atomic_load_explicit(&w->index_version,
						       memory_order_acquire);
	request_hold(r, w);
	count_decision(r);
	request_step(r, STEP_SEND);
	return FLOW_GO;
}
