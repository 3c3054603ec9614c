/* What becomes of the prompt tokens that clients ask for, on their way to
 * those that a cache delivers, and what lost the others.
 *
 * A request's tokens pass levels, each of which has no more than the one
 * above; what is lost between two has one cause. So the causes' sum is what
 * was asked less what was delivered, request by request. A worker that
 * delivers more than was known of it held more at every level above.
 * Private to this folder. */
#ifndef ROUTER_PROXY_FUNNEL_H
#define ROUTER_PROXY_FUNNEL_H

#include <stdint.h>

#include "router/policy/policy.h"
#include "router/proxy/cells.h"

struct request;
struct ending;

enum funnel_level {
	FUNNEL_ASKED,
	FUNNEL_KNOWN,  /* of these, whose ids were looked for in the index */
	FUNNEL_USABLE, /* in full blocks before the last token */
	FUNNEL_SEEN,   /* that had been sent to a worker before */
	FUNNEL_HELD,   /* by the worker that held most */
	FUNNEL_CHOSEN, /* by the one that was chosen */
	FUNNEL_DELIVERED,
	FUNNEL_LEVELS,
};

/* `lost[i]`: between level i and the next. Pure. */
void funnel_losses(const uint64_t level[FUNNEL_LEVELS],
		   uint64_t lost[FUNNEL_LEVELS - 1]);

/* Why it was not the candidate `best` that was chosen, which held more. */
enum cells_column funnel_passed_over(const struct policy_candidate *best,
				     const struct policy_term *its,
				     const struct policy_term *chosen);

/* What is held, and by whom, as the choice has just been made. */
void funnel_note(struct request *r);

/* Counts its tokens, once its answer has ended. */
void funnel_count(struct request *r, const struct ending *e);

#endif
