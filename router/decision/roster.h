/* The names that a decision was made among: a model and its workers, as
 * they were called then. Records outlive fleets, and must not keep their
 * workers alive. Immutable and counted; any thread. */
#ifndef ROUTER_DECISION_ROSTER_H
#define ROUTER_DECISION_ROSTER_H

#include "common/base/ref.h"
#include "router/fleet/fleet.h"

struct decision_roster {
	struct ref ref;
	const char *model;
	const char *store; /* that its workers share; "": none */
	size_t n;
	const char *worker[]; /* n names; the texts stand behind them */
};

struct decision_roster *decision_roster_create(const struct fleet_model *m);
/* The same of names alone. */
struct decision_roster *decision_roster_of(const char *model, const char *store,
					   const char *const *worker, size_t n);
struct decision_roster *decision_roster_ref(struct decision_roster *r);
void decision_roster_unref(struct decision_roster **r);

#endif
