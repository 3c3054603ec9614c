/* Lines of a log of decisions, read back: what a policy was told, so that
 * another can decide in its place. Pure; any thread. */
#ifndef ROUTER_DECISION_READ_H
#define ROUTER_DECISION_READ_H

#include "common/base/arena.h"
#include "router/policy/pair.h"

#define DECISION_MAX_LINE_BYTES ((size_t)4 << 20)

enum decision_line_kind {
	DECISION_LINE_HEAD, /* of a file */
	DECISION_LINE_MADE, /* a decision */
	DECISION_LINE_ENDED /* what came of a request */
};

/* Texts and arrays are in the arena or in the line itself. What a line does
 * not tell is 0, n = 0, or -1 where it says so. */
struct decision_line {
	enum decision_line_kind kind;
	struct slice id;
	/* A decision. */
	struct slice model, policy, reason, unit;
	struct policy_query query;
	struct policy_term *term; /* as it was priced; cost INFINITY: not */
	struct slice *worker;     /* names; query.n of them */
	int chosen;               /* -1: nobody */
	int prefill;              /* that computes the prompt; -1: itself */
	/* Who may be an end of a pair; NULL: nobody, or it is not told. */
	struct pair_side *side;
	size_t guessed_tokens; /* of a prompt that pairs know no more of */
	/* An outcome. */
	struct slice outcome;
	int64_t status, prompt_tokens, cached_tokens; /* -1: not told */
	double ttfb_ms;                               /* -1: no byte came */
};

/* On failure `err` says which byte and what is wrong with it. */
MUST_USE enum status decision_read(struct slice line, struct arena *arena,
				   struct decision_line *out,
				   struct error *err);

#endif
