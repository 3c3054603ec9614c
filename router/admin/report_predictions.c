#include "router/admin/report_predictions.h"

#include "router/ingest/ingest.h"

void report_predictions_json(const struct worker *w, struct metrics *m,
			     struct buf *out)
{
	static const enum ingest_verdict verdict[] = {
		INGEST_EXACT, INGEST_INDEX_CHANGED, INGEST_WRONG,
		INGEST_UNKNOWN};

	buf_printf(
		out, ",\"chosen\":%.0f,\"predictions\":{",
		metric_total(m->set, METRICS_DECISIONS, "worker", w->name).sum);
	for (size_t i = 0; i < ARRAY_LEN(verdict); i++) {
		const char *name = ingest_verdict_name(verdict[i]);

		buf_printf(out, "%s\"%s\":%.0f", i == 0 ? "" : ",", name,
			   metric_value(metrics_cell(m, METRICS_PREDICTION,
						     w->name, name)));
	}
	buf_putc(out, '}');
}
