#include "router/decision/again.h"

#include <math.h>
#include <string.h>

#include "common/base/assert.h"
#include "router/decision/field.h"
#include "router/decision/record.h"

static bool is_split(struct pair_ends e)
{
	return e.prefill >= 0;
}

enum again_change again_compare(struct pair_ends was, struct pair_ends now)
{
	bool prefill = was.prefill != now.prefill;
	bool decode = was.decode != now.decode;

	if (!prefill && !decode)
		return AGAIN_SAME;
	if (is_split(was) != is_split(now))
		return is_split(now) ? AGAIN_SPLIT : AGAIN_ALONE;
	if (!is_split(was))
		return AGAIN_OTHER;
	if (prefill && decode)
		return AGAIN_PAIR;
	return prefill ? AGAIN_PREFILL : AGAIN_DECODE;
}

const char *again_change_name(enum again_change c)
{
	static const char *const name[AGAIN_CHANGES] = {
		[AGAIN_SAME] = "same",       [AGAIN_OTHER] = "other",
		[AGAIN_PREFILL] = "prefill", [AGAIN_DECODE] = "decode",
		[AGAIN_PAIR] = "pair",       [AGAIN_ALONE] = "alone",
		[AGAIN_SPLIT] = "split",
	};

	ASSERT(c < AGAIN_CHANGES);
	return name[c];
}

static bool is_in_ms(const struct policy *p)
{
	return strcmp(p->unit, "ms") == 0;
}

static double first_ms(const struct policy_term *term, int place)
{
	if (place < 0 || !isfinite(term[place].cost))
		return INFINITY;
	return decision_expected_ms(&term[place]);
}

/* --- alone ---------------------------------------------------------------- */

static void decide_alone(const struct again_ask *ask, struct policy_state *s,
			 struct policy_term *term, struct again_made *out)
{
	const struct pair_ask *of = &ask->of;
	struct policy_decision d;

	of->policy->decide(of->options, of->query, s, term, &d);
	if (!is_split(ask->was) &&
	    decision_is_tie(term, d.chosen, ask->was.decode))
		d.chosen = ask->was.decode;
	out->now = (struct pair_ends){-1, d.chosen};
	out->reason = d.reason;
}

/* Whose terms tell a time: the new policy's, else those that were recorded. */
static struct again_side lone_side(const struct again_ask *ask,
				   const struct policy_term *term, int place)
{
	const struct policy_term *priced = ask->priced;
	struct again_side side = {INFINITY, INFINITY};

	if (place < 0)
		return side;
	if (is_in_ms(ask->of.policy))
		priced = term;
	side.cost = term[place].cost;
	if (priced != NULL)
		side.first_ms = first_ms(priced, place);
	return side;
}

/* --- pairs ---------------------------------------------------------------- */

static struct again_side weigh(const struct pair_ask *of, struct pair_ends e,
			       struct policy_term *term)
{
	struct again_side side = {
		.cost = pair_price(of, e, term),
		.first_ms = INFINITY,
	};

	if (isfinite(side.cost))
		side.first_ms = first_ms(term, e.decode) +
				(is_split(e) ? first_ms(term, e.prefill) : 0);
	if (!is_in_ms(of->policy))
		side.cost = INFINITY;
	return side;
}

static void weigh_both(const struct again_ask *ask, const struct pair_ask *of,
		       struct policy_term *term, struct again_made *out)
{
	out->was_side = weigh(of, ask->was, term);
	out->now_side = weigh(of, out->now, term);
	/* Which of two that cost the same is a matter of turns. */
	if (isfinite(out->was_side.cost) &&
	    fabs(out->was_side.cost - out->now_side.cost) <=
		    DECISION_TIE * fabs(out->was_side.cost))
		out->now = ask->was;
}

void again_decide(const struct again_ask *ask, struct policy_state *s,
		  struct policy_term *term, struct again_made *out)
{
	struct pair_decision pair = {.prefill = -1, .decode = -1};
	struct policy_query q = *ask->of.query;
	struct pair_ask of = ask->of;

	of.query = &q;
	if (ask->guessed_tokens > 0)
		q.prompt_tokens = ask->guessed_tokens;
	if (of.side != NULL)
		pair_decide(&of, s, term, &pair);
	if (pair.decode >= 0) {
		out->now = (struct pair_ends){pair.prefill, pair.decode};
		out->reason = pair.reason;
	} else {
		decide_alone(ask, s, term, out);
	}
	if (of.side != NULL && (is_split(ask->was) || is_split(out->now))) {
		weigh_both(ask, &of, term, out);
	} else {
		out->was_side = lone_side(ask, term, ask->was.decode);
		out->now_side = lone_side(ask, term, out->now.decode);
	}
	out->change = again_compare(ask->was, out->now);
}
