#include "router/doctor_report.h"

#include "router/admin/parity_report.h"

#include <stdio.h>

#define NAME_WIDTH 15

static const struct {
	const char *word, *colour;
} mark[] = {
	[PARITY_UNKNOWN] = {"?", "\033[33m"},
	[PARITY_HOLDS] = {"right", "\033[32m"},
	[PARITY_DIFFERS] = {"wrong", "\033[31m"},
};

static void put_finding(struct buf *out, bool colours, const char *name,
			const struct parity_finding *f, const char *otherwise)
{
	const char *says = f->says != NULL ? f->says : otherwise;

	buf_printf(out, "  %s%-5s%s  %-*s  %s\n",
		   colours ? mark[f->state].colour : "", mark[f->state].word,
		   colours ? "\033[0m" : "", NAME_WIDTH, name, says);
	if (f->mend != NULL)
		buf_printf(out, "  %-5s  %-*s  %s\n", "", NAME_WIDTH,
			   "mend:", f->mend);
}

static const char *mend_health(const struct worker *w)
{
	struct slice why = slice_of(atomic_load(&w->health_reason));

	if (slice_starts(why, SLICE("tls:")))
		return "let tls.ca name who signed its certificate, and "
		       "tls.server_name a name in it";
	return "start the worker, or let url: be where it listens";
}

static void put_health(struct buf *out, bool colours, const struct worker *w)
{
	bool up = atomic_load(&w->health) == WORKER_UP;
	const struct parity_finding f = {
		.state = up ? PARITY_HOLDS : PARITY_DIFFERS,
		.says = (char *)atomic_load(&w->health_reason),
		.mend = up ? NULL : (char *)mend_health(w),
	};

	put_finding(out, colours, "health", &f, "");
}

static void put_worker(struct buf *out, bool colours, const struct worker *w)
{
	const struct parity *p = &w->parity;

	buf_printf(out, "%s  %s", w->name, w->url != NULL ? w->url : "");
	if (p->version[0] != '\0')
		buf_printf(out, "  version %s", p->version);
	buf_putc(out, '\n');
	put_health(out, colours, w);
	for (int i = 0; i < PARITY_CHECKS; i++) {
		enum parity_check c = (enum parity_check)i;

		/* Of one that is not there nothing was found. */
		if (atomic_load(&w->health) != WORKER_UP &&
		    p->finding[i].state == PARITY_UNKNOWN)
			continue;
		put_finding(out, colours, parity_check_name(c), &p->finding[i],
			    parity_check_help(c));
	}
	buf_putc(out, '\n');
}

static size_t count_wrong(const struct fleet *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n_workers; i++)
		n += doctor_is_wrong(f->worker[i]);
	return n;
}

void doctor_report_text(const struct fleet *f, bool colours, struct buf *out)
{
	size_t wrong = count_wrong(f);

	for (size_t i = 0; i < f->n_models; i++) {
		const struct fleet_model *m = &f->model[i];

		buf_printf(out, "model %s, tokenizer %s\n\n", m->conf->name,
			   m->conf->tokenizer ? m->conf->tokenizer : "(none)");
		for (size_t k = 0; k < m->n_workers; k++)
			put_worker(out, colours, m->worker[k]);
	}
	if (wrong == 0)
		buf_printf(out, "nothing is wrong with %zu workers\n",
			   f->n_workers);
	else
		buf_printf(out, "something is wrong with %zu of %zu workers\n",
			   wrong, f->n_workers);
}

static void json_worker(const struct fleet_model *m, const struct worker *w,
			struct buf *out)
{
	buf_puts(out, "{\"name\":");
	buf_json_string(out, slice_of(w->name));
	buf_puts(out, ",\"model\":");
	buf_json_string(out, slice_of(m->conf->name));
	buf_puts(out, ",\"url\":");
	buf_json_string(out, slice_of(w->url != NULL ? w->url : ""));
	buf_printf(out, ",\"ok\":%s,\"health\":\"%s\",\"health_reason\":",
		   doctor_is_wrong(w) ? "false" : "true",
		   worker_health_name(atomic_load(&w->health)));
	buf_json_string(out, slice_of(atomic_load(&w->health_reason)));
	parity_report_worker(w, out);
	buf_putc(out, '}');
}

void doctor_report_json(const struct fleet *f, struct buf *out)
{
	size_t n = 0;

	buf_printf(out, "{\"ok\":%s,\"models\":",
		   count_wrong(f) == 0 ? "true" : "false");
	parity_report_models(f, out);
	buf_puts(out, ",\"workers\":[");
	for (size_t i = 0; i < f->n_models; i++) {
		const struct fleet_model *m = &f->model[i];

		for (size_t k = 0; k < m->n_workers; k++) {
			if (n++ > 0)
				buf_putc(out, ',');
			json_worker(m, m->worker[k], out);
		}
	}
	buf_puts(out, "]}\n");
}
