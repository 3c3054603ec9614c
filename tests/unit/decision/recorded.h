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
	};
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
