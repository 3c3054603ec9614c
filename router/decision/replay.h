/* Decisions made again by another policy, or with other options, and what
 * would have changed.
 *
 * Each is made on its own, among the candidates as they were recorded: what
 * caches would have held had all earlier requests gone elsewhere is not
 * known. One model; one thread. */
#ifndef ROUTER_DECISION_REPLAY_H
#define ROUTER_DECISION_REPLAY_H

#include "common/base/map.h"
#include "router/conf/conf.h"
#include "router/decision/again.h"
#include "router/decision/read.h"

/* A sum, and of how many. */
struct replay_mean {
	double sum;
	uint64_t n;
};

/* What one side's choices would come to. */
struct replay_side {
	uint64_t nobody;          /* decisions that chose nobody */
	uint64_t held_tokens;     /* predicted to be in the chosen's cache */
	struct replay_mean cost;  /* by the new policy, in its unit */
	struct replay_mean first; /* predicted time to first token, ms */
};

/* Requests whose outcome is known. */
struct replay_outcome {
	uint64_t n, held_tokens;               /* as predicted */
	uint64_t prompt_tokens, cached_tokens; /* as workers told */
	struct replay_mean ttfb_ms;
};

/* How many requests a worker got, and would have got. */
struct replay_worker {
	char *name;
	uint64_t recorded, again;
};

/* Decisions among workers that may be pairs. */
struct replay_pairs {
	uint64_t n;                 /* one might have been a pair */
	uint64_t recorded, again;   /* was one; would be one */
	uint64_t to[AGAIN_CHANGES]; /* from the recorded choice */
};

struct replay {
	const struct conf_model *model; /* whose policy and options decide */
	struct policy_state state;
	char *policy;     /* that decided; of the last decision */
	uint64_t n, same; /* decisions; those whose choice stays */
	/* Besides them: pairs of logs that do not tell who else could be one.
	 */
	uint64_t split;
	struct replay_pairs pairs;
	uint64_t best_held_tokens; /* in whoever held most */
	struct replay_side recorded, again;
	struct replay_outcome stays, goes; /* elsewhere */
	struct replay_worker **worker;
	size_t n_workers;
	struct map by_name; /* of workers */
	struct map open;    /* id → struct replay_open: not over yet */
	struct arena arena; /* of a decision */
};

/* `m` outlives it. */
void replay_init(struct replay *r, const struct conf_model *m);
void replay_fini(struct replay *r);

/* A line of kind MADE, of this model. */
void replay_decision(struct replay *r, const struct decision_line *l);
/* A line of kind ENDED: true if the request's decision was one of these. */
bool replay_ended(struct replay *r, const struct decision_line *l);

/* 0 where there are none. */
double replay_mean_of(const struct replay_mean *m);
/* Requests of the busiest worker over those of the mean one; `again`: of
 * the new choices. */
double replay_imbalance(const struct replay *r, bool again);

#endif
