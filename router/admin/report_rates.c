#include "router/admin/report_rates.h"

#include "common/base/clock.h"

#define MS_PER_S 1000.0

/* Of a time for each, how many in a second; 0 where it is not known. */
static double per_second(double each_ms)
{
	return each_ms > 0 ? MS_PER_S / each_ms : 0;
}

static double ahead_ms(const struct worker *w)
{
	return backlog_look(&w->backlog, clock_ns() / 1000).ahead_ms;
}

double report_rates_prefill(const struct worker *w)
{
	struct policy_rates r;

	return rates_get(&w->rates, &r) ? per_second(r.token_ms) : 0;
}

static void gauge(struct metrics *m, enum metrics_row row,
		  const struct worker *w, double value)
{
	metric_put(metrics_cell(m, row, w->name), value);
}

void report_rates_gauges(const struct worker *w, struct metrics *m)
{
	struct policy_rates r;

	gauge(m, METRICS_WORKER_BACKLOG, w, ahead_ms(w) / MS_PER_S);
	metrics_raise(
		metrics_cell(m, METRICS_WORKER_OBSERVED, w->name),
		atomic_load_explicit(&w->n_observed, memory_order_relaxed));
	if (!rates_get(&w->rates, &r))
		return;
	gauge(m, METRICS_WORKER_PREFILL, w, per_second(r.token_ms));
	gauge(m, METRICS_WORKER_STEP, w, r.step_ms / MS_PER_S);
	gauge(m, METRICS_WORKER_OVERHEAD, w, r.overhead_ms / MS_PER_S);
	gauge(m, METRICS_WORKER_LOAD, w, per_second(r.load_token_ms));
	gauge(m, METRICS_WORKER_FETCH, w, per_second(r.fetch_token_ms));
}

void report_rates_json(const struct worker *w, struct buf *out)
{
	struct policy_rates r;

	buf_printf(out, ",\"backlog_ms\":%.3f,\"rates\":", ahead_ms(w));
	if (!rates_get(&w->rates, &r)) {
		buf_puts(out, "null");
		return;
	}
	buf_printf(out, "{\"observed\":%u",
		   atomic_load_explicit(&w->n_observed, memory_order_relaxed));
	buf_printf(out,
		   ",\"overhead_ms\":%.4g,\"step_ms\":%.4g,\"token_ms\":%.4g,"
		   "\"attention_ms\":%.4g,\"sequence_ms\":%.4g,\"kv_ms\":%.4g",
		   r.overhead_ms, r.step_ms, r.token_ms, r.attention_ms,
		   r.sequence_ms, r.kv_ms);
	buf_printf(out,
		   ",\"load_ms\":%.4g,\"load_token_ms\":%.4g,\"fetch_ms\":%.4g,"
		   "\"fetch_token_ms\":%.4g,\"fetch_rack_token_ms\":%.4g,"
		   "\"fetch_across_token_ms\":%.4g",
		   r.load_ms, r.load_token_ms, r.fetch_ms, r.fetch_token_ms,
		   r.fetch_rack_token_ms, r.fetch_across_token_ms);
	buf_printf(out, ",\"prefill_tokens_per_second\":%.1f}",
		   per_second(r.token_ms));
}
