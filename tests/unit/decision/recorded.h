/* Decisions as they are read from a log, for the tests of replays. */
#ifndef TESTS_UNIT_DECISION_RECORDED_H
#define TESTS_UNIT_DECISION_RECORDED_H

#include "router/decision/replay.h"

/* worker-0 is idle and holds nothing, worker-1 is busy and holds all; the
 * first was chosen. */
static struct policy_candidate candidate[2];
static struct policy_term term[2];
static struct slice name[] = {SLICE("worker-0"), SLICE("worker-1")};

static inline struct decision_line line_of(const char *id, int chosen)
{
	candidate[0] = (struct policy_candidate){.exact = true};
	candidate[1] = (struct policy_candidate){
		.worker = 1, .exact = true, .held_blocks = 62, .inflight = 1};
	term[0] = (struct policy_term){
		.cost = 50, .wait = 10, .compute = 40, .source = -1};
	term[1] = (struct policy_term){
		.cost = 30, .wait = 20, .compute = 2, .source = -1};
	return (struct decision_line){
		.kind = DECISION_LINE_MADE,
		.id = slice_of(id),
		.model = SLICE("m"),
		.policy = SLICE("cost"),
		.unit = SLICE("ms"),
		.query = {.candidate = candidate,
			  .n = 2,
			  .prompt_tokens = 1000,
			  .prompt_blocks = 62,
			  .block_size = 16},
		.term = term,
		.worker = name,
		.chosen = chosen,
		.prefill = -1,
	};
}

/* Two prefill for the third, of a prompt that nobody holds. */
static struct policy_candidate pair_candidate[3];
static struct policy_term pair_term[3];
static struct pair_side pair_side[3];
static struct slice pair_name[] = {SLICE("p0"), SLICE("p1"), SLICE("d0")};

static inline struct decision_line pair_line_of(const char *id, int prefill,
						int decode)
{
	struct decision_line l = line_of(id, decode);

	for (size_t i = 0; i < 3; i++) {
		bool gives = i < 2;

		pair_candidate[i] = (struct policy_candidate){
			.worker = (unsigned)i,
			.exact = true,
			.exclusion = gives ? POLICY_ROLE : POLICY_ALLOWED,
		};
		pair_term[i] = (struct policy_term){.source = -1};
		pair_side[i] = (struct pair_side){.gives = gives,
						  .takes = !gives,
						  .decodes = !gives,
						  .kind = 1};
	}
	pair_candidate[1].inflight = pair_candidate[1].running = 1;
	l.query.candidate = pair_candidate;
	l.query.n = 3;
	l.query.prompt_tokens = 8000;
	l.query.prompt_blocks = 499;
	l.term = pair_term;
	l.worker = pair_name;
	l.side = pair_side;
	l.prefill = prefill;
	return l;
}

static inline struct decision_line end_of(const char *id)
{
	return (struct decision_line){
		.kind = DECISION_LINE_ENDED,
		.id = slice_of(id),
		.status = 200,
		.prompt_tokens = 1000,
		.cached_tokens = 960,
		.ttfb_ms = 40,
	};
}

static inline struct conf_model model_of(const char *policy)
{
	static char name_of_model[] = "m";

	return (struct conf_model){
		.name = name_of_model,
		.policy = policy_find(slice_of(policy)),
		.policy_options = {.load_weight = 1,
				   .bounded_load = 1.25,
				   .prefix_threshold = 0.5,
				   .imbalance_abs = 32,
				   .imbalance_rel = 1.1},
	};
}

#endif
