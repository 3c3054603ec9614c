/* All policies on one load and some seeds: capacities first, then all of
 * them at the knee, the load at which the last of the rivals still holds
 * the SLO. */
#ifndef TESTS_LAB_TRIAL_H
#define TESTS_LAB_TRIAL_H

#include "tests/lab/rival.h"
#include "tests/lab/sweep.h"

#define TRIAL_MAX_POLICIES 32

struct trial_options {
	const char *traces;
	size_t n_workers, n_seeds;
	unsigned halvings;
	double event_delay_s;
	const struct policy *policy[TRIAL_MAX_POLICIES];
	size_t n_policies;
	double speed; /* not 0: no sweep, all at this speed */
	FILE *progress;
};

struct trial_row {
	const struct policy *policy;
	double capacity; /* speed, the seeds' mean */
	double ratio;    /* to the bound's */
	struct fleet_result knee;
};

struct trial {
	const struct load_kind *kind;
	size_t n_requests;
	double bound, knee; /* speeds */
	struct trial_row row[TRIAL_MAX_POLICIES];
	size_t n;
	const struct trial_row *best_rival; /* by capacity; may be NULL */
	struct fleet_result bound_knee;
};

bool trial_is_rival(const struct policy *p);
/* False: the load cannot be made; said on stderr. */
bool trial_run(const struct load_kind *k, const struct trial_options *o,
	       struct trial *out);
void trial_print(const struct trial *t, const struct trial_options *o);

#endif
