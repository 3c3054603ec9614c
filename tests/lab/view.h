/* What a gateway knows of the fleet, and nothing more: what it has sent
 * and got back, the events of the workers' caches (late), and what the
 * workers say of themselves once a second. The lab's policies decide on
 * this alone; the truth stays in the simulated workers. */
#ifndef TESTS_LAB_VIEW_H
#define TESTS_LAB_VIEW_H

#include "router/fleet/backlog.h"
#include "router/fleet/others.h"
#include "router/fleet/recent.h"
#include "router/index/index.h"
#include "router/index/underway.h"
#include "router/policy/lesson.h"
#include "router/policy/reuse.h"
#include "tests/lab/gpu.h"
#include "tests/lab/load.h"

#define VIEW_MAX_WORKERS 128
/* Who holds what the store that all share has. */
#define VIEW_STORE VIEW_MAX_WORKERS

/* A request between its decision and its last token. */
struct view_sent {
	unsigned worker;
	double sent_s, first_s;
	uint64_t work_tokens;
	struct backlog_part part;
	uint16_t underway;
	/* Tokens that the decision would move. */
	double fetched, loaded, stored;
	bool alone; /* nothing was ahead of it */
	const struct load_request *request;
};

struct view_worker {
	uint32_t inflight;
	uint64_t inflight_tokens;
	struct backlog backlog;
	struct recent recent;
	uint64_t routed_tokens; /* new to it, by what was routed there */
	/* As told at the last scrape. */
	uint32_t running, waiting;
	double usage;
	struct others others;
	struct lesson lesson; /* what it delivers teaches */
	double stepped_s;     /* when a step was last learned from */
	bool spills;          /* it has announced blocks of another tier */
};

struct view {
	size_t n;
	size_t block_size;
	const struct profile *profile;
	bool pooled; /* all see one cache */
	bool can_fetch;
	struct view_worker worker[VIEW_MAX_WORKERS];
	unsigned id[VIEW_MAX_WORKERS];
	/* By events; by what was routed ever; what is unanswered. */
	struct index *exact, *approx;
	struct index_reader *read_exact, *read_approx;
	struct underway *underway;
	double output_tokens; /* of an answer, of late */
	struct learn_link store;
	struct reuse *reuse;
	/* The query under way; the rivals look from it to the view. */
	struct policy_query query;
	struct policy_candidate candidate[VIEW_MAX_WORKERS];
	struct policy_term term[VIEW_MAX_WORKERS];
};

struct view *view_create(size_t n, size_t block_size, const struct profile *p,
			 bool pooled, bool can_fetch);
void view_destroy(struct view **v);

/* The view that a query is part of. */
const struct view *view_of(const struct policy_query *q);

/* Fills the query for a request. */
void view_ask(struct view *v, const struct load_request *r, double now_s);
void view_sent(struct view *v, const struct load_request *r,
	       const struct policy_decision *d, struct view_sent *out,
	       double now_s);
/* `computed` tokens of its prompt, as the worker's usage tells. */
void view_first_token(struct view *v, struct view_sent *s, uint32_t computed,
		      double now_s);
/* A stream of the worker had two tokens `ms` apart, and no prompt was under
 * way. */
void view_step(struct view *v, unsigned worker, double ms, double now_s);
void view_finished(struct view *v, struct view_sent *s, uint32_t n_output,
		   double now_s);

/* Events of the caches, when they arrive; of VIEW_STORE, too. */
void view_event(struct view *v, unsigned worker, uint64_t key,
		enum index_tier tier, bool stored, double now_s);
void view_scrape(struct view *v, const struct gpu *g, double now_s);

#endif
