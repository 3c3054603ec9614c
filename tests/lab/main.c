/* The fleet simulator: all policies on all loads, beside the bound. */
#include <stdio.h>

#include "tests/lab/calibrate.h"
#include "tests/lab/trial.h"

#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
	struct trial_options trial;
	const char *only, *policies; /* lists with commas; NULL: all */
	bool quick, at_knee;
};

static const char usage[] =
	"usage: lab [--traces DIR] [--only LOAD,...] [--policies NAME,...]\n"
	"           [--workers N] [--seeds N] [--speed X] [--events-late S]\n"
	"           [--quick] [--at-knee]\n"
	"--at-knee: no capacities, only the answers at the knee, as a fleet "
	"of\n"
	"eight has it\n";

/* Loads of the quick run, which is to take a minute. */
static const char quick_loads[] = "shared-prefix,l4-agents,agents,rag";

static bool is_listed(const char *list, const char *name)
{
	struct slice rest = slice_of(list ? list : ""), word;

	if (list == NULL)
		return true;
	while (rest.n > 0) {
		word = slice_split(&rest, ',');
		if (slice_equal(word, slice_of(name)))
			return true;
	}
	return false;
}

static void add_policy(struct options *o, const struct policy *p)
{
	if (o->trial.n_policies < TRIAL_MAX_POLICIES &&
	    is_listed(o->policies, p->name))
		o->trial.policy[o->trial.n_policies++] = p;
}

static void add_policies(struct options *o)
{
	for (size_t i = 0; policy_at(i) != NULL; i++)
		add_policy(o, policy_at(i));
	for (size_t i = 0; rival_at(i) != NULL; i++)
		add_policy(o, rival_at(i));
}

static bool parse(int argc, char **argv, struct options *o)
{
	static const struct option known[] = {
		{"traces", 1, NULL, 't'},   {"only", 1, NULL, 'o'},
		{"policies", 1, NULL, 'p'}, {"workers", 1, NULL, 'w'},
		{"seeds", 1, NULL, 's'},    {"speed", 1, NULL, 'x'},
		{"quick", 0, NULL, 'q'},    {"events-late", 1, NULL, 'e'},
		{"at-knee", 0, NULL, 'k'},  {NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1)
		switch (c) {
		case 't': o->trial.traces = optarg; break;
		case 'o': o->only = optarg; break;
		case 'p': o->policies = optarg; break;
		case 'w': o->trial.n_workers = strtoul(optarg, NULL, 10); break;
		case 's': o->trial.n_seeds = strtoul(optarg, NULL, 10); break;
		case 'x': o->trial.speed = strtod(optarg, NULL); break;
		case 'e': o->trial.event_delay_s = strtod(optarg, NULL); break;
		case 'k': o->at_knee = true; break;
		case 'q': o->quick = true; break;
		default: return false;
		}
	return optind == argc && o->trial.n_workers > 0 &&
	       o->trial.n_workers <= VIEW_MAX_WORKERS && o->trial.n_seeds > 0;
}

/* --- over all loads ----------------------------------------------------- */

struct total {
	double logs, worst; /* of ratios to the bound */
	size_t n, zeros;
};

static void add_total(struct total *total, const struct trial *t)
{
	for (size_t i = 0; i < t->n; i++) {
		struct total *x = &total[i];
		double ratio = t->row[i].ratio;

		if (x->n++ == 0 || ratio < x->worst)
			x->worst = ratio;
		if (ratio > 0)
			x->logs += log(ratio);
		else
			x->zeros++;
	}
}

static void print_total(const struct options *o, const struct total *total)
{
	printf("\nCapacity as a ratio to the bound, over all loads\n"
	       "%-17s %9s %6s\n",
	       "", "geo. mean", "worst");
	for (size_t i = 0; i < o->trial.n_policies; i++) {
		size_t n = total[i].n - total[i].zeros;

		printf("%-17s %9.3f %6.2f", o->trial.policy[i]->name,
		       n > 0 ? exp(total[i].logs / (double)n) : 0,
		       total[i].worst);
		if (total[i].zeros > 0)
			printf("  (mean without %zu zeros)", total[i].zeros);
		putchar('\n');
	}
}

/* Of the strongest rivals, on eight workers. */
static double knee_of(const struct options *o, const struct load_kind *k)
{
	struct trial_options few = {
		.traces = o->trial.traces,
		.n_workers = 8,
		.n_seeds = 1,
		.halvings = 3,
		.event_delay_s = o->trial.event_delay_s,
		.policy = {&rival_smg, &rival_llmd, &rival_sticky_pull,
			   &rival_dynamo_4, &rival_greedy_pull},
		.n_policies = 5,
		.progress = o->trial.progress,
	};
	struct trial t;

	return trial_run(k, &few, &t) ? t.knee : 0;
}

static void run_all(struct options *o)
{
	struct total total[TRIAL_MAX_POLICIES] = {{0}};
	const struct load_kind *k;
	size_t done = 0;

	for (size_t i = 0; (k = load_kind_at(i)) != NULL; i++) {
		struct trial t;

		if (!is_listed(o->only, k->name) ||
		    (o->quick && o->only == NULL &&
		     !is_listed(quick_loads, k->name)))
			continue;
		if (o->at_knee)
			o->trial.speed = knee_of(o, k);
		if ((o->at_knee && o->trial.speed == 0) ||
		    !trial_run(k, &o->trial, &t))
			continue;
		trial_print(&t, &o->trial);
		add_total(total, &t);
		done++;
	}
	if (done > 0 && o->trial.speed == 0)
		print_total(o, total);
}

int main(int argc, char **argv)
{
	struct options o = {.trial = {.traces = "../shared/testdata/traces",
				      .n_workers = 8,
				      .n_seeds = 3,
				      .halvings = 4,
				      .event_delay_s = .05}};

	if (!parse(argc, argv, &o)) {
		fputs(usage, stderr);
		return 2;
	}
	if (o.quick) {
		o.trial.n_seeds = 1;
		o.trial.halvings = 3;
	}
	if (isatty(STDERR_FILENO))
		o.trial.progress = stderr;
	add_policies(&o);
	if ((o.only == NULL && !o.at_knee) ||
	    is_listed(o.only ? o.only : "", "calibration"))
		calibrate_print(stdout);
	if (is_listed(o.only ? o.only : "", "admission"))
		calibrate_print_admission(stdout);
	run_all(&o);
	return 0;
}
