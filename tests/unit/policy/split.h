/* Workers that compute prompts and workers that go on with them, for the
 * tests of pairs. */
#ifndef TESTS_UNIT_POLICY_SPLIT_H
#define TESTS_UNIT_POLICY_SPLIT_H

#include "router/policy/pair.h"
#include "router/policy/price.h"
#include "tests/unit/policy/fleet.h"

struct split {
	struct trial t;
	struct pair_side side[FLEET_MAX];
	struct pair_decision d;
};

/* Workers that prefill, then those that decode. */
static inline struct split split_of(size_t n_prefill, size_t n_decode,
				    size_t prompt)
{
	struct split s = {.t = trial_of(n_prefill + n_decode)};

	trial_prompt(&s.t, prompt);
	s.t.q.output_tokens = 200;
	for (size_t i = 0; i < n_prefill + n_decode; i++) {
		bool gives = i < n_prefill;

		s.t.c[i].rates = &price_usual;
		s.t.c[i].kv_tokens = 300000;
		s.t.c[i].exclusion = gives ? POLICY_ROLE : POLICY_ALLOWED;
		s.side[i] = (struct pair_side){.gives = gives,
					       .takes = !gives,
					       .decodes = !gives,
					       .kind = 7};
	}
	return s;
}

static inline struct pair_ask split_ask(struct split *s, const char *policy,
					struct arena *arena)
{
	s->t.q.candidate = s->t.c;
	return (struct pair_ask){policy_find(slice_of(policy)), &s->t.o,
				 &s->t.q, s->side, arena};
}

#endif
