#include "router/admin/report_store.h"

/* What one store is told by. */
struct account {
	double blocks, load_ms, token_ms, tokens_per_second;
};

static struct account account_of(const struct report *r, const struct store *s)
{
	struct account a = {
		.blocks = (double)index_worker_blocks(r->exact, s->id,
						      INDEX_OTHER),
		.load_ms = atomic_load(&s->load_ms),
		.token_ms = atomic_load(&s->token_ms),
	};

	a.tokens_per_second = a.token_ms > 0 ? 1e3 / a.token_ms : 0;
	return a;
}

void report_store_gauges(const struct report *r, struct metrics *m)
{
	for (size_t i = 0; i < r->fleet->n_models; i++) {
		const struct store *s = r->fleet->model[i].store;
		const char *model = r->fleet->model[i].conf->name;
		struct account a;

		if (s == NULL)
			continue;
		a = account_of(r, s);
		metric_put(
			metrics_cell(m, METRICS_STORE_BLOCKS, model, s->name),
			a.blocks);
		metric_put(metrics_cell(m, METRICS_STORE_LOAD, model, s->name),
			   a.tokens_per_second);
	}
}

static void write_store(const struct report *r, const struct fleet_model *m,
			struct buf *out)
{
	struct account a = account_of(r, m->store);

	buf_puts(out, "{\"model\":");
	buf_json_string(out, slice_of(m->conf->name));
	buf_puts(out, ",\"name\":");
	buf_json_string(out, slice_of(m->store->name));
	buf_printf(out,
		   ",\"index_blocks\":%.0f,\"load_ms\":%.4g,"
		   "\"load_token_ms\":%.4g,\"load_tokens_per_second\":%.1f,"
		   "\"observed\":%u}",
		   a.blocks, a.load_ms, a.token_ms, a.tokens_per_second,
		   atomic_load(&m->store->n_observed));
}

void report_store_json(const struct report *r, struct buf *out)
{
	const char *before = "";

	buf_putc(out, '[');
	for (size_t i = 0; i < r->fleet->n_models; i++) {
		if (r->fleet->model[i].store == NULL)
			continue;
		buf_puts(out, before);
		write_store(r, &r->fleet->model[i], out);
		before = ",";
	}
	buf_putc(out, ']');
}
