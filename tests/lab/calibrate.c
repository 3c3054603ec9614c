#include "tests/lab/calibrate.h"

#include "common/base/attr.h"
#include "tests/lab/fleet.h"

#include <math.h>

#define SHARED 10000
#define TURNS  12
#define NEW    1030 /* "about 1,000" */
#define ANSWER 75
#define SEEDS  5
/* Each ends and another begins, in a window of five minutes. */
#define WINDOW_S 300
#define SESSIONS 20
#define SPREAD_S 1.0

static const struct calibration published[] = {
	{1, .39, .49, .49, .42},      {6, 1.06, 1.43, 1.75, 1.18},
	{10, 1.19, 1.89, 2.31, 1.33}, {12, 1.25, 2.16, 2.60, 1.36},
	{14, 1.29, 8.9, 38.9, 1.05},  {20, 2.25, 25.5, 44.8, .68},
	{48, 5.74, 40.5, 43.2, .89},
};

const struct calibration *calibrate_at(size_t i)
{
	return i < ARRAY_LEN(published) ? &published[i] : NULL;
}

static const struct load_kind kind = {
	.name = "calibration",
	.profile = &profile_l4,
	.block_size = 16,
	.slo = {.95, 4, .25},
};

static int add_session(struct load *l, uint32_t session, int last,
		       struct rng *r)
{
	struct load_chain c;

	load_chain_begin(&c, l);
	load_chain_append(&c, 1, SHARED);
	for (size_t turn = 0; turn < TURNS; turn++) {
		uint32_t prompt;
		int at;

		load_chain_append(&c, rng_next(r),
				  NEW - 100 + (uint32_t)rng_below(r, 200));
		prompt = c.n_tokens;
		load_chain_append(&c, rng_next(r), ANSWER);
		at = load_add(l, &c, session, prompt, ANSWER);
		if (last >= 0)
			load_follow(l, last, at, 0);
		else
			l->request[at].at_s = rng_unit(r) * SPREAD_S;
		last = at;
	}
	load_chain_end(&c);
	return last;
}

static void add_sessions(struct load *l, uint32_t slot, struct rng *r)
{
	int last = -1;

	for (int i = 0; i < SESSIONS; i++)
		last = add_session(l, slot, last, r);
}

static void add(struct calibration *sum, const struct fleet_result *r,
		double part)
{
	sum->p50_s += part * r->ttft_p50_s;
	sum->p95_s += part * r->ttft_p95_s;
	sum->p99_s += part * r->ttft_p99_s;
	sum->rate += part * r->rate;
	if (r->n > 0)
		sum->waited += part * (double)r->n_waited / (double)r->n;
	sum->waited_p50_s += part * r->waited_p50_s;
	sum->waited_max_s += part * r->waited_max_s;
}

struct calibration calibrate_run(size_t sessions, unsigned seeds,
				 bool admission)
{
	struct calibration c = {.sessions = sessions};

	for (uint64_t seed = 1; seed <= seeds; seed++) {
		struct load *l = load_alloc(&kind, 1);
		struct fleet_run run = {
			.load = l,
			.policy = policy_find(SLICE("cost")),
			.speed = 1,
			.until_s = WINDOW_S,
			.admission = admission,
		};
		struct fleet_result result;
		struct rng r;

		rng_seed(&r, seed);
		for (uint32_t i = 0; i < sessions; i++)
			add_sessions(l, i, &r);
		fleet_run(&run, &result);
		add(&c, &result, 1.0 / seeds);
		load_destroy(&l);
	}
	return c;
}

static double off(double is, double should)
{
	return 100 * (is / should - 1);
}

void calibrate_print(FILE *out)
{
	const struct calibration *p;

	fprintf(out,
		"One L4, coding agents: simulated / published (deviation)\n"
		"%8s %24s %24s %24s %24s\n",
		"sessions", "TTFT p50 s", "p95 s", "p99 s", "requests/s");
	for (size_t i = 0; (p = calibrate_at(i)) != NULL; i++) {
		struct calibration c = calibrate_run(p->sessions, SEEDS, false);

		fprintf(out,
			"%8zu %8.2f /%6.2f (%+4.0f%%) %8.2f /%6.2f (%+4.0f%%) "
			"%8.2f /%6.2f (%+4.0f%%) %8.2f /%6.2f (%+4.0f%%)\n",
			p->sessions, c.p50_s, p->p50_s, off(c.p50_s, p->p50_s),
			c.p95_s, p->p95_s, off(c.p95_s, p->p95_s), c.p99_s,
			p->p99_s, off(c.p99_s, p->p99_s), c.rate, p->rate,
			off(c.rate, p->rate));
	}
}

void calibrate_print_admission(FILE *out)
{
	const struct calibration *p;

	fprintf(out,
		"One L4, coding agents: without admission / with it; apart "
		"from "
		"those times, how many requests waited at the gateway\n"
		"%8s %17s %17s %15s %8s %8s %8s\n",
		"sessions", "TTFT p50 s", "p99 s", "requests/s", "waited",
		"p50 s", "most s");
	for (size_t i = 0; (p = calibrate_at(i)) != NULL; i++) {
		struct calibration a = calibrate_run(p->sessions, SEEDS, false),
				   b = calibrate_run(p->sessions, SEEDS, true);

		fprintf(out,
			"%8zu %8.2f /%7.2f %8.2f /%7.2f %7.2f /%6.2f %7.1f%% "
			"%8.1f %8.1f\n",
			p->sessions, a.p50_s, b.p50_s, a.p99_s, b.p99_s, a.rate,
			b.rate, 100 * b.waited, b.waited_p50_s, b.waited_max_s);
	}
}
