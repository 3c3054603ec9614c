#include "tests/lab/score.h"

#include "common/base/mem.h"

#include <stdlib.h>

void score_init(struct score *s, size_t n, size_t warm,
		const struct load_slo *slo)
{
	*s = (struct score){.slo = slo, .n = n, .warm = warm};
	s->ttft_s = mem_array(n + 1, sizeof(double));
	s->tpot_s = mem_array(n + 1, sizeof(double));
	s->waited_s = mem_array(n + 1, sizeof(double));
}

void score_fini(struct score *s)
{
	mem_free(s->ttft_s);
	mem_free(s->tpot_s);
	mem_free(s->waited_s);
}

void score_add(struct score *s, size_t request, const struct score_answer *a)
{
	if (request < s->warm)
		return;
	if (s->n_measured == 0)
		s->first_s = a->ended_s;
	s->last_s = a->ended_s;
	s->ttft_s[s->n_measured] = a->ttft_s;
	s->tpot_s[s->n_measured++] = a->tpot_s;
	if (a->waited_s > 0)
		s->waited_s[s->n_waited++] = a->waited_s;
	s->n_bad += a->ttft_s > s->slo->ttft_s || a->tpot_s > s->slo->tpot_s;
	s->prompt += a->prompt;
	s->cached += a->cached;
	s->fetched += a->fetched;
}

bool score_is_lost(const struct score *s)
{
	double allowed = (1 - s->slo->share) * (double)(s->n - s->warm);

	return (double)s->n_bad > allowed;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double quantile(const double *sorted, size_t n, double share)
{
	return n > 0 ? sorted[(size_t)(share * (double)(n - 1) + .5)] : 0;
}

void score_result(struct score *s, struct fleet_result *out)
{
	size_t n = s->n_measured;
	double took_s = s->last_s - s->first_s;

	qsort(s->ttft_s, n, sizeof(double), by_value);
	qsort(s->tpot_s, n, sizeof(double), by_value);
	qsort(s->waited_s, s->n_waited, sizeof(double), by_value);
	*out = (struct fleet_result){
		.held = n > 0 && !score_is_lost(s),
		.n = n,
		.ttft_p50_s = quantile(s->ttft_s, n, .5),
		.ttft_p90_s = quantile(s->ttft_s, n, .9),
		.ttft_p95_s = quantile(s->ttft_s, n, .95),
		.ttft_p99_s = quantile(s->ttft_s, n, .99),
		.tpot_p50_s = quantile(s->tpot_s, n, .5),
		.tpot_p99_s = quantile(s->tpot_s, n, .99),
		.n_waited = s->n_waited,
		.waited_p50_s = quantile(s->waited_s, s->n_waited, .5),
		.waited_max_s = quantile(s->waited_s, s->n_waited, 1),
		.good = n > 0 ? 1 - (double)s->n_bad / (double)n : 0,
		.hits = s->prompt > 0 ? s->cached / s->prompt : 0,
		.fetched = s->prompt > 0 ? s->fetched / s->prompt : 0,
	};
	out->rate = took_s > 0 ? (double)n / took_s : 0;
	out->goodput = out->rate * out->good;
}
