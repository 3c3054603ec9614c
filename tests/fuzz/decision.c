/* Any bytes as lines of a log of decisions: each is read or refused with a
 * sentence, and what is read can be decided again. */
#include "common/base/assert.h"
#include "router/decision/again.h"
#include "router/decision/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void decide_again(const struct decision_line *l, struct arena *arena)
{
	const struct policy_options o = {
		.load_weight = 1,
		.bounded_load = 1.25,
		.prefix_threshold = 0.5,
		.imbalance_rel = 1.1,
	};
	struct policy_term *term = arena_zalloc(arena, (l->query.n + 1) *
							       sizeof(*term));
	struct again_ask ask = {
		.of = {.options = &o,
		       .query = &l->query,
		       .side = l->side,
		       .arena = arena},
		.guessed_tokens = l->guessed_tokens,
		.was = {l->prefill, l->chosen},
		.priced = l->term,
	};
	int n = (int)l->query.n;
	struct again_made made;
	struct policy_state s;

	policy_state_init(&s, 1);
	for (size_t i = 0; policy_at(i) != NULL; i++) {
		ask.of.policy = policy_at(i);
		again_decide(&ask, &s, term, &made);
		ASSERT(made.now.decode >= -1 && made.now.decode < n);
		ASSERT(made.now.prefill >= -1 && made.now.prefill < n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct slice all = {(const char *)bytes, n};
	struct arena arena;

	arena_init(&arena);
	while (all.n > 0) {
		struct slice line = slice_split(&all, '\n');
		struct error err = {0};
		struct decision_line l;

		if (decision_read(line, &arena, &l, &err) != OK)
			ASSERT(err.text[0] != '\0');
		else if (l.kind == DECISION_LINE_MADE)
			decide_again(&l, &arena);
		arena_reset(&arena);
	}
	arena_fini(&arena);
	return 0;
}
