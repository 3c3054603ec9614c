#include <stdio.h>

#include "tests/lab/trial.h"

#include <math.h>
#include <string.h>

/* Each is given what its gateway can do. */
static struct fleet_run run_of(const struct load *l,
			       const struct trial_options *o,
			       const struct policy *p)
{
	return (struct fleet_run){
		.load = l,
		.policy = p,
		.options = {.load_weight = 1,
			    .bounded_load = 1.25,
			    .prefix_threshold = .5,
			    .imbalance_abs = 32,
			    .imbalance_rel = 1.1},
		.speed = 1,
		.event_delay_s = o->event_delay_s,
		.warm_up = FLEET_WARM_UP,
		.can_fetch = rival_fetches(p),
	};
}

/* All caches are one, and the request goes where it is served first. */
static struct fleet_run bound_of(const struct load *l,
				 const struct trial_options *o)
{
	struct fleet_run run = run_of(l, o, &rival_greedy);

	run.pooled = true;
	return run;
}

bool trial_is_rival(const struct policy *p)
{
	for (size_t i = 0; rival_at(i) != NULL; i++)
		if (rival_at(i) == p)
			return true;
	return false;
}

static void tell(const struct trial_options *o, const struct load_kind *k,
		 const char *what)
{
	if (o->progress == NULL)
		return;
	fprintf(o->progress, "\r\033[K%s, %zu workers: %s", k->name,
		o->n_workers, what);
	fflush(o->progress);
}

static void measure_capacities(const struct load *l,
			       const struct trial_options *o, struct trial *t)
{
	struct fleet_run run = bound_of(l, o);
	double bound;

	tell(o, l->kind, "bound");
	bound = sweep_capacity(&run, t->bound > 0 ? t->bound : 1, o->halvings);
	t->bound += bound / (double)o->n_seeds;
	for (size_t i = 0; i < t->n; i++) {
		double c;

		run = run_of(l, o, t->row[i].policy);
		tell(o, l->kind, run.policy->name);
		c = sweep_capacity(&run, .8 * bound, o->halvings);
		t->row[i].capacity += c / (double)o->n_seeds;
		t->row[i].ratio += c / bound / (double)o->n_seeds;
	}
}

static void find_knee(struct trial *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct trial_row *r = &t->row[i];

		if (!trial_is_rival(r->policy))
			continue;
		if (t->best_rival == NULL ||
		    r->capacity > t->best_rival->capacity)
			t->best_rival = r;
	}
	t->knee = t->best_rival ? t->best_rival->capacity : t->bound;
	if (t->knee == 0)
		t->knee = t->bound;
}

static void add(struct fleet_result *sum, const struct fleet_result *r,
		double part)
{
	sum->ttft_p50_s += part * r->ttft_p50_s;
	sum->ttft_p90_s += part * r->ttft_p90_s;
	sum->ttft_p95_s += part * r->ttft_p95_s;
	sum->ttft_p99_s += part * r->ttft_p99_s;
	sum->tpot_p50_s += part * r->tpot_p50_s;
	sum->tpot_p99_s += part * r->tpot_p99_s;
	sum->good += part * r->good;
	sum->goodput += part * r->goodput;
	sum->rate += part * r->rate;
	sum->hits += part * r->hits;
	sum->fetched += part * r->fetched;
	sum->imbalance += part * r->imbalance;
	sum->gpu_s += part * r->gpu_s;
}

static void measure_knee(const struct load *l, const struct trial_options *o,
			 struct trial *t)
{
	double part = 1 / (double)o->n_seeds;
	struct fleet_run run = bound_of(l, o);
	struct fleet_result r;

	run.speed = t->knee;
	fleet_run(&run, &r);
	add(&t->bound_knee, &r, part);
	for (size_t i = 0; i < t->n; i++) {
		run = run_of(l, o, t->row[i].policy);
		run.speed = t->knee;
		tell(o, l->kind, run.policy->name);
		fleet_run(&run, &r);
		add(&t->row[i].knee, &r, part);
	}
}

static bool each_seed(const struct load_kind *k, const struct trial_options *o,
		      struct trial *t,
		      void (*measure)(const struct load *l,
				      const struct trial_options *o,
				      struct trial *t))
{
	for (size_t seed = 1; seed <= o->n_seeds; seed++) {
		struct load *l = load_create(k, o->n_workers, o->traces, seed);

		if (l == NULL)
			return false;
		t->n_requests = l->n;
		measure(l, o, t);
		load_destroy(&l);
	}
	return true;
}

bool trial_run(const struct load_kind *k, const struct trial_options *o,
	       struct trial *out)
{
	*out = (struct trial){.kind = k, .n = o->n_policies};
	for (size_t i = 0; i < out->n; i++)
		out->row[i].policy = o->policy[i];
	if (o->speed > 0)
		out->knee = o->speed;
	else if (!each_seed(k, o, out, measure_capacities))
		return false;
	else
		find_knee(out);
	if (!each_seed(k, o, out, measure_knee))
		return false;
	if (o->progress != NULL)
		fputs("\r\033[K", o->progress);
	return true;
}

static void print_row(const char *name, double ratio, double speed,
		      const struct fleet_result *r)
{
	printf("%-17s %5.2f %7.3f | %6.2f %6.2f %6.2f %5.0f %5.1f %6.1f "
	       "%5.1f %5.1f %5.2f %7.0f\n",
	       name, ratio, speed, r->ttft_p50_s, r->ttft_p90_s, r->ttft_p99_s,
	       1e3 * r->tpot_p50_s, 100 * r->good, r->goodput, 100 * r->hits,
	       100 * r->fetched, r->imbalance, r->gpu_s);
}

void trial_print(const struct trial *t, const struct trial_options *o)
{
	const struct load_kind *k = t->kind;

	printf("\n%s: %s\n%zu workers of %s, %zu requests, %zu seeds; SLO: "
	       "%.0f %% within %.0f s to the first token and %.0f ms a token; "
	       "knee: speed %.3f\n",
	       k->name, k->help, o->n_workers, k->profile->name, t->n_requests,
	       o->n_seeds, 100 * k->slo.share, k->slo.ttft_s,
	       1e3 * k->slo.tpot_s, t->knee);
	printf("%-17s %5s %7s | %6s %6s %6s %5s %5s %6s %5s %5s %5s %7s\n", "",
	       "ratio", "speed", "p50 s", "p90 s", "p99 s", "tpot", "good%",
	       "good/s", "hit%", "pull%", "imbal", "GPU s");
	for (size_t i = 0; i < t->n; i++)
		print_row(t->row[i].policy->name, t->row[i].ratio,
			  t->row[i].capacity, &t->row[i].knee);
	print_row("bound", t->bound > 0, t->bound, &t->bound_knee);
	fflush(stdout);
}
