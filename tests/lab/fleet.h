/* One run: a load on a fleet of simulated workers under one policy, in
 * virtual time. Deterministic: the same arguments give the same result. */
#ifndef TESTS_LAB_FLEET_H
#define TESTS_LAB_FLEET_H

#include "tests/lab/load.h"
#include "tests/lab/view.h"

#define FLEET_WARM_UP 0.2 /* the first find cold caches */

struct fleet_run {
	const struct load *load;
	const struct policy *policy;
	struct policy_options options;
	double speed;         /* first requests come at their time / speed */
	double event_delay_s; /* of the caches' events */
	double warm_up;       /* share of the requests, not measured */
	bool pooled;          /* one cache for all: the bound */
	bool can_fetch;       /* from peers */
	double until_s;       /* 0: all requests are answered */
	bool admission;       /* who would not fit waits at the gateway */
	/* Stops as soon as the SLO cannot hold any more. */
	bool stop_early;
};

struct fleet_result {
	bool held; /* the SLO */
	size_t n;  /* requests measured: all but those of warm_up */
	double ttft_p50_s, ttft_p90_s, ttft_p95_s, ttft_p99_s;
	double tpot_p50_s, tpot_p99_s;
	double good;      /* share within the SLO */
	double goodput;   /* of them a second */
	double rate;      /* requests answered a second */
	double hits;      /* share of prompt tokens not computed */
	double fetched;   /* of it: from peers */
	double imbalance; /* busiest worker's time over the mean */
	double gpu_s;     /* busy, of all workers */
	uint64_t preemptions, events;
	/* At the gateway, apart from the times above. */
	size_t n_waited, n_waiting; /* for memory; and still, at the end */
	double waited_p50_s, waited_max_s;
};

void fleet_run(const struct fleet_run *run, struct fleet_result *out);

#endif
