/* What came of a run: times, hits, and whether the SLO held. The requests
 * that warm the caches up are left out. */
#ifndef TESTS_LAB_SCORE_H
#define TESTS_LAB_SCORE_H

#include "tests/lab/fleet.h"

struct score_answer {
	double ttft_s, tpot_s, ended_s;
	double waited_s;                  /* at the gateway, not in ttft_s */
	uint32_t prompt, cached, fetched; /* tokens */
};

struct score {
	const struct load_slo *slo;
	size_t n, warm; /* requests; the first of them, not measured */
	double *ttft_s, *tpot_s, *waited_s;
	size_t n_measured, n_bad, n_waited;
	double first_s, last_s;
	double prompt, cached, fetched;
};

void score_init(struct score *s, size_t n, size_t warm,
		const struct load_slo *slo);
void score_fini(struct score *s);
void score_add(struct score *s, size_t request, const struct score_answer *a);
/* Too many are past the SLO already. */
bool score_is_lost(const struct score *s);
void score_result(struct score *s, struct fleet_result *out);

#endif
