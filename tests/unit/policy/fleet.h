/* Candidates and decisions for the policies' tests. */
#ifndef TESTS_UNIT_POLICY_FLEET_H
#define TESTS_UNIT_POLICY_FLEET_H

#include "router/policy/price.h"

#define FLEET_MAX 64

struct trial {
	struct policy_candidate c[FLEET_MAX];
	struct policy_query q;
	struct policy_options o;
	struct policy_state s;
	struct policy_term term[FLEET_MAX];
	struct policy_decision d;
};

static inline struct trial trial_of(size_t n)
{
	struct trial t = {
		.o = {.load_weight = 1,
		      .bounded_load = 1.25,
		      .prefix_threshold = 0.5,
		      .imbalance_abs = 32,
		      .imbalance_rel = 1.1},
		.q = {.n = n, .block_size = 16},
	};

	policy_state_init(&t.s, 1);
	for (size_t i = 0; i < n; i++) {
		t.c[i].worker = (unsigned)i;
		t.c[i].name_hash = (i + 1) * 0x9e3779b97f4a7c15u;
		t.c[i].exact = true;
	}
	return t;
}

static inline void trial_prompt(struct trial *t, size_t tokens)
{
	t->q.prompt_tokens = tokens;
	t->q.prompt_blocks = tokens > 0 ? (tokens - 1) / t->q.block_size : 0;
}

static inline int trial_run(struct trial *t, const char *policy)
{
	t->q.candidate = t->c;
	policy_find(slice_of(policy))
		->decide(&t->o, &t->q, &t->s, t->term, &t->d);
	return t->d.chosen;
}

/* Workers whose rates and room are known. */
static inline struct trial known_trial(size_t n, size_t prompt)
{
	struct trial t = trial_of(n);

	trial_prompt(&t, prompt);
	t.q.output_tokens = 200;
	for (size_t i = 0; i < n; i++) {
		t.c[i].rates = &price_usual;
		t.c[i].kv_tokens = 300000;
	}
	return t;
}

#endif
