#include "router/admin/report_tls.h"

/* A result that has not been seen has no series, but for the good one. */
static void report_side(enum tls_side side, struct metrics *m)
{
	for (int i = 0; i < TLS_RESULTS; i++) {
		enum tls_result r = (enum tls_result)i;
		uint64_t n = tls_handshakes(side, r);

		if (n > 0 || r == TLS_DONE)
			metrics_raise(metrics_cell(m, METRICS_TLS_HANDSHAKES,
						   tls_side_name(side),
						   tls_result_name(r)),
				      (double)n);
	}
}

static void report_expiry(enum tls_side side, const struct tls_context *c,
			  struct metrics *m)
{
	int64_t at_s = c != NULL ? tls_context_expiry(c) : 0;

	if (at_s != 0)
		metric_put(metrics_cell(m, METRICS_TLS_EXPIRY,
					tls_side_name(side)),
			   (double)at_s);
}

/* What is shown to workers: the one that expires first. */
static const struct tls_context *first_of_workers(const struct fleet *f)
{
	const struct tls_context *first = NULL;

	for (size_t i = 0; i < f->n_workers; i++) {
		const struct tls_context *c = f->worker_tls[i];

		if (c == NULL || tls_context_expiry(c) == 0)
			continue;
		if (first == NULL ||
		    tls_context_expiry(c) < tls_context_expiry(first))
			first = c;
	}
	return first;
}

void report_tls(const struct fleet *f, struct metrics *m)
{
	for (int i = 0; i < TLS_SIDES; i++)
		report_side((enum tls_side)i, m);
	report_expiry(TLS_CLIENTS, f->tls_clients, m);
	report_expiry(TLS_ADMIN, f->tls_admin, m);
	report_expiry(TLS_WORKERS, first_of_workers(f), m);
}
