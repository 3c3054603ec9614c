#include "router/admin/parity_report.h"

static void put_text(struct buf *out, const char *key, const char *text)
{
	if (text == NULL)
		return;
	buf_printf(out, ",\"%s\":", key);
	buf_json_string(out, slice_of(text));
}

void parity_report_reason(const struct worker *w, struct buf *out)
{
	enum parity_check c;
	const struct parity_finding *f = parity_reason(&w->parity, &c);

	if (f != NULL)
		buf_printf(out, "%s: %s", parity_check_name(c),
			   f->says != NULL ? f->says : "differs");
}

static void put_finding(struct buf *out, enum parity_check c,
			const struct parity_finding *f)
{
	buf_printf(out, "\"%s\":{\"state\":\"%s\"", parity_check_name(c),
		   parity_state_name(f->state));
	put_text(out, "says", f->says);
	put_text(out, "mend", f->mend);
	buf_putc(out, '}');
}

void parity_report_worker(const struct worker *w, struct buf *out)
{
	const struct parity *p = &w->parity;
	struct buf reason = {0};

	put_text(out, "version", p->version);
	put_text(out, "parity", parity_state_name(parity_state_of(p)));
	parity_report_reason(w, &reason);
	buf_puts(out, ",\"parity_reason\":");
	if (buf_len(&reason) > 0)
		buf_json_string(out, buf_slice(&reason));
	else
		buf_puts(out, "null");
	buf_fini(&reason);
	buf_puts(out, ",\"checks\":{");
	for (int i = 0; i < PARITY_CHECKS; i++) {
		if (i > 0)
			buf_putc(out, ',');
		put_finding(out, (enum parity_check)i, &p->finding[i]);
	}
	buf_putc(out, '}');
}

static enum parity_state state_of_model(const struct fleet_model *m)
{
	enum parity_state worst = PARITY_HOLDS;

	for (size_t i = 0; i < m->n_workers; i++) {
		enum parity_state s = parity_state_of(&m->worker[i]->parity);

		if (s == PARITY_DIFFERS)
			return s;
		if (s == PARITY_UNKNOWN)
			worst = s;
	}
	return worst;
}

static const char *text_source(const struct fleet_model *m)
{
	if (m->tokenizer == NULL || atomic_load(&m->text_ids) > PARITY_OURS)
		return "pieces";
	return "gateway";
}

static const char *chat_source(const struct fleet_model *m)
{
	if (m->chat == NULL || atomic_load(&m->chat_ids) > PARITY_OURS)
		return "worker";
	return "gateway";
}

void parity_report_models(const struct fleet *f, struct buf *out)
{
	buf_putc(out, '[');
	for (size_t i = 0; i < f->n_models; i++) {
		const struct fleet_model *m = &f->model[i];

		buf_puts(out, i > 0 ? ",{\"name\":" : "{\"name\":");
		buf_json_string(out, slice_of(m->conf->name));
		put_text(out, "parity", parity_state_name(state_of_model(m)));
		put_text(out, "texts", text_source(m));
		put_text(out, "chats", chat_source(m));
		if (m->chat_fault != NULL)
			put_text(out, "chats_reason", m->chat_fault);
		buf_putc(out, '}');
	}
	buf_putc(out, ']');
}

void parity_report_gauges(const struct worker *w, struct metrics *m)
{
	static const double value[] = {
		[PARITY_UNKNOWN] = -1,
		[PARITY_HOLDS] = 1,
		[PARITY_DIFFERS] = 0,
	};

	for (int i = 0; i < PARITY_CHECKS; i++)
		metric_put(
			metrics_cell(m, METRICS_WORKER_PARITY, w->name,
				     parity_check_name((enum parity_check)i)),
			value[w->parity.finding[i].state]);
}
