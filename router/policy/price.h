/* What things take at a worker, in ms, by its rates. Pure. */
#ifndef ROUTER_POLICY_PRICE_H
#define ROUTER_POLICY_PRICE_H

#include <stddef.h>

#include "router/policy/policy.h"

/* What a token costs to fetch, before it is known, in parts of what it does
 * within a zone: switches of a rack are shared by fewer than those above
 * them, and between zones a flow gets a fraction of a link. */
#define PRICE_RACK   0.7
#define PRICE_ACROSS 4.0

/* Of a usual GPU with a usual model: where nothing is known yet. */
extern const struct policy_rates price_usual;

static inline const struct policy_rates *price_rates(
	const struct policy_candidate *c)
{
	return c->rates != NULL ? c->rates : &price_usual;
}

/* A step that decodes so many sequences, which hold so many tokens. */
double price_step_ms(const struct policy_rates *r, double sequences,
		     double kv_tokens);
/* Steps that `n` tokens of a prompt take. */
double price_steps(const struct policy_rates *r, double n);
/* `n` tokens of a prompt that has `context` tokens already, in steps that
 * last `step_ms` without it. */
double price_prefill_ms(const struct policy_rates *r, double context, double n,
			double step_ms);
double price_load_ms(const struct policy_rates *r, double tokens);
enum policy_distance price_distance(const struct policy_candidate *a,
				    const struct policy_candidate *b);
double price_fetch_token_ms(const struct policy_rates *r,
			    enum policy_distance d);
double price_fetch_ms(const struct policy_rates *r, enum policy_distance d,
		      double tokens);

#endif
