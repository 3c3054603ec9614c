#include "router/discover/discover.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "router/discover/change.h"
#include "router/discover/kinds.h"
#include "router/discover/seeker.h"

/* Of one model. */
struct finding {
	char *model;
	const char *kind;         /* static */
	struct conf_workers *set; /* the last good one, counted; or NULL */
	char *failure;            /* of the last try; NULL: it was fine */
	bool heard;
	uint64_t failures, success_us; /* Unix time; 0: never */
};

struct discover {
	struct discover_options o;
	struct seeker *seeker; /* NULL: no model has needed it yet */
	bool stopped;
	struct finding *finding;
	size_t n;
};

static struct finding *finding_of(const struct discover *d, const char *model)
{
	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->finding[i].model, model) == 0)
			return &d->finding[i];
	return NULL;
}

/* --- news --------------------------------------------------------------- */

static void put_metrics(const struct discover *d, const struct finding *f)
{
	struct metrics *m = d->o.metrics;

	metric_put(metrics_cell(m, METRICS_DISCOVERY_ENDPOINTS, f->model),
		   f->set != NULL ? (double)f->set->n : 0);
	metric_put(metrics_cell(m, METRICS_DISCOVERY_TIME, f->model),
		   (double)f->success_us / 1e6);
}

static void note_failure(struct discover *d, struct finding *f, char *why)
{
	/* What goes on is told once. */
	if (f->failure == NULL || strcmp(f->failure, why) != 0)
		log_error("discover: %s: %s: %s; the %zu workers that were "
			  "found last stay",
			  f->model, f->kind, why,
			  f->set != NULL ? f->set->n : 0);
	mem_free(f->failure);
	f->failure = why;
	f->failures++;
	metric_inc(metrics_cell(d->o.metrics, METRICS_DISCOVERY_FAILURES,
				f->model));
}

static void note_success(struct finding *f)
{
	if (f->failure != NULL)
		log_info("discover: %s: %s: is well again", f->model, f->kind);
	mem_free(f->failure);
	f->failure = NULL;
	f->success_us = clock_wall_us();
}

static void take_set(struct discover *d, struct finding *f,
		     struct conf_workers *set)
{
	struct conf_workers *old = f->set;

	change_tell(f->model, old, set);
	f->set = set;
	conf_workers_unref(&old);
	d->o.changed(d->o.arg);
}

static void on_news(struct mail *m, void *receiver)
{
	struct seeker_news *n = CONTAINER_OF(m, struct seeker_news, mail);
	struct discover *d = n->arg;
	struct finding *f = finding_of(d, n->model);

	(void)receiver;
	if (f == NULL || d->stopped) {
		/* A reload has left its model, or discover, out; or all
		 * ends. */
		seeker_news_free(n);
		return;
	}
	f->heard = true;
	if (n->failure != NULL) {
		note_failure(d, f, n->failure);
		n->failure = NULL;
	} else {
		note_success(f);
	}
	if (n->set != NULL) {
		take_set(d, f, n->set);
		n->set = NULL;
	}
	put_metrics(d, f);
	seeker_news_free(n);
}

/* --- its life ------------------------------------------------------------- */

struct discover *discover_create(const struct discover_options *o)
{
	struct discover *d = mem_zalloc(sizeof(*d));

	d->o = *o;
	return d;
}

static void finding_fini(struct finding *f)
{
	mem_free(f->model);
	mem_free(f->failure);
	conf_workers_unref(&f->set);
}

static void drop_findings(struct finding *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		finding_fini(&f[i]);
	mem_free(f);
}

void discover_stop(struct discover *d)
{
	d->stopped = true;
	seeker_destroy(&d->seeker);
}

void discover_destroy(struct discover **d)
{
	struct discover *gone = *d;

	*d = NULL;
	if (gone == NULL)
		return;
	seeker_destroy(&gone->seeker);
	drop_findings(gone->finding, gone->n);
	mem_free(gone);
}

/* What there was of the model goes on. */
static struct finding finding_for(struct discover *d,
				  const struct conf_model *m)
{
	struct finding *old = finding_of(d, m->name);
	struct finding now = {0};

	if (old != NULL) {
		now = *old;
		*old = (struct finding){.model = mem_strdup("")};
	} else {
		now.model = mem_strdup(m->name);
	}
	now.kind = kinds_of(&m->discover)->name;
	return now;
}

void discover_set_conf(struct discover *d, struct conf *conf)
{
	struct finding *now = mem_array(conf->n_models + 1, sizeof(*now));
	size_t n = 0;

	for (size_t i = 0; i < conf->n_models; i++)
		if (conf_discovers(&conf->model[i]))
			now[n++] = finding_for(d, &conf->model[i]);
	drop_findings(d->finding, d->n);
	d->finding = now;
	d->n = n;
	if (d->stopped)
		return;
	if (d->seeker == NULL && n > 0)
		d->seeker = seeker_create(d->o.mailbox, on_news, d);
	if (d->seeker != NULL)
		seeker_set_conf(d->seeker, conf);
}

bool discover_is_known(const struct discover *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (!d->finding[i].heard)
			return false;
	return true;
}

/* --- what is found ------------------------------------------------------- */

struct found {
	size_t n;
	struct {
		char *model;
		struct conf_workers *set;
	} of[];
};

struct found *discover_found(const struct discover *d)
{
	struct found *f = mem_zalloc(sizeof(*f) + d->n * sizeof(f->of[0]));

	for (size_t i = 0; i < d->n; i++) {
		if (d->finding[i].set == NULL)
			continue;
		f->of[f->n].model = mem_strdup(d->finding[i].model);
		f->of[f->n++].set = conf_workers_ref(d->finding[i].set);
	}
	return f;
}

void found_free(struct found **f)
{
	struct found *gone = *f;

	*f = NULL;
	for (size_t i = 0; gone != NULL && i < gone->n; i++) {
		mem_free(gone->of[i].model);
		conf_workers_unref(&gone->of[i].set);
	}
	mem_free(gone);
}

struct conf_workers **found_for(const struct found *f, const struct conf *c)
{
	struct conf_workers **set = mem_zalloc((c->n_models + 1) *
					       sizeof(struct conf_workers *));

	for (size_t i = 0; i < c->n_models; i++)
		for (size_t k = 0; k < f->n; k++)
			if (conf_discovers(&c->model[i]) &&
			    strcmp(f->of[k].model, c->model[i].name) == 0)
				set[i] = f->of[k].set;
	return set;
}

/* --- report -------------------------------------------------------------- */

static void report_one(const struct finding *f, struct buf *out)
{
	buf_puts(out, "{\"model\":");
	buf_json_string(out, slice_of(f->model));
	buf_printf(out,
		   ",\"source\":\"%s\",\"workers\":%zu,\"failures\":", f->kind,
		   f->set != NULL ? f->set->n : 0);
	buf_u64(out, f->failures);
	buf_puts(out, ",\"failure\":");
	if (f->failure == NULL)
		buf_puts(out, "null");
	else
		buf_json_string(out, slice_of(f->failure));
	buf_puts(out, ",\"last_success\":");
	if (f->success_us == 0)
		buf_puts(out, "null");
	else
		buf_fixed(out, f->success_us / 1000, 3);
	buf_putc(out, '}');
}

void discover_report(const struct discover *d, struct buf *out)
{
	buf_puts(out, "{\"models\":[");
	for (size_t i = 0; i < d->n; i++) {
		if (i > 0)
			buf_putc(out, ',');
		report_one(&d->finding[i], out);
	}
	buf_puts(out, "]}\n");
}
