#include "router/tenant_watch.h"

#include "common/base/log.h"
#include "common/base/mem.h"
#include "router/tenant_notice.h"

struct tenant_watch {
	struct tenant_watch_options o;
	struct conf *conf;      /* counted; NULL before the first */
	struct tenants *now;    /* in force; NULL: none are */
	struct conf_stamp seen; /* of the file as it was last read */
	struct timer timer;
	bool reading;
};

/* A look at the file. */
struct look {
	struct job job;
	struct tenant_watch *watch;
	struct conf *conf;
	struct conf_stamp seen;
	bool has_changed;
	struct tenants *old;   /* in force when it began, or NULL */
	struct tenants *fresh; /* NULL: the file is faulty, or as it was */
	struct conf_faults faults;
};

/* Takes it over. */
static void put_in_force(struct tenant_watch *w, struct tenants *fresh)
{
	struct tenants *old = w->now;

	w->now = fresh;
	metric_put(w->o.metrics->cell[METRICS_TENANTS],
		   fresh != NULL ? (double)fresh->n : 0);
	w->o.changed(w->o.arg, fresh);
	tenants_unref(&old);
}

static void report_faults(const struct look *l)
{
	struct slice all = buf_slice(&l->faults.text);

	log_error("tenants: %s: the tenants in force stay",
		  l->conf->tenants.file);
	while (all.n > 0) {
		struct slice line = slice_split(&all, '\n');

		log_error("tenants: %.*s", SLICE_ARG(line));
	}
}

static void take(struct tenant_watch *w, struct look *l)
{
	const struct conf_tenants *list = l->fresh ? l->fresh->list : NULL;

	w->seen = l->seen;
	metric_put(w->o.metrics->cell[METRICS_TENANTS_OK], list != NULL);
	if (list == NULL) {
		report_faults(l);
		return;
	}
	log_info("tenants: %s: %zu tenants with %zu keys are in force",
		 list->file, list->n, list->n_keys);
	tenant_notice_doubts(w->conf, list);
	put_in_force(w, l->fresh);
	l->fresh = NULL;
}

static void look_again(struct tenant_watch *w)
{
	if (w->conf->tenants.file != NULL)
		timer_set(&w->timer, w->conf->tenants.check_interval_ms);
}

static void look_done(struct mail *m, void *receiver)
{
	struct look *l = CONTAINER_OF(m, struct look, job.mail);
	struct tenant_watch *w = l->watch;

	(void)receiver;
	w->reading = false;
	/* A reload has read it meanwhile. */
	if (l->has_changed && l->conf == w->conf)
		take(w, l);
	look_again(w);
	tenants_unref(&l->fresh);
	tenants_unref(&l->old);
	conf_unref(&l->conf);
	buf_fini(&l->faults.text);
	mem_free(l);
}

static void look_run(struct job *j)
{
	struct look *l = CONTAINER_OF(j, struct look, job);
	const char *file = l->conf->tenants.file;
	struct conf_stamp now = conf_stamp_of(file);
	struct conf_tenants *list;

	l->has_changed = !conf_stamp_equal(&now, &l->seen);
	l->seen = now;
	if (!l->has_changed)
		return;
	list = conf_tenants_load(file, &l->faults);
	if (list != NULL)
		l->fresh = tenants_create(l->conf, list, l->old);
	conf_tenants_unref(&list);
}

static void look(void *arg)
{
	struct tenant_watch *w = arg;
	struct look *l;

	if (w->reading || w->conf->tenants.file == NULL)
		return;
	w->reading = true;
	l = mem_zalloc(sizeof(*l));
	l->watch = w;
	l->conf = conf_ref(w->conf);
	l->seen = w->seen;
	l->old = w->now != NULL ? tenants_ref(w->now) : NULL;
	l->job.run = look_run;
	l->job.back_to = w->o.mailbox;
	l->job.mail.deliver = look_done;
	workq_post(w->o.helpers, &l->job);
}

struct tenant_watch *tenant_watch_create(const struct tenant_watch_options *o)
{
	struct tenant_watch *w = mem_zalloc(sizeof(*w));

	w->o = *o;
	timer_init(&w->timer, o->loop, look, w);
	return w;
}

void tenant_watch_destroy(struct tenant_watch **w)
{
	struct tenant_watch *gone = *w;

	*w = NULL;
	if (gone == NULL)
		return;
	timer_fini(&gone->timer);
	tenants_unref(&gone->now);
	conf_unref(&gone->conf);
	mem_free(gone);
}

void tenant_watch_set_conf(struct tenant_watch *w, struct conf *conf)
{
	struct conf_tenants *list = conf->tenants.list;
	struct tenants *fresh = NULL;
	struct conf *old = w->conf;

	w->conf = conf_ref(conf);
	conf_unref(&old);
	if (list != NULL) {
		w->seen = list->stamp;
		fresh = tenants_create(conf, list, w->now);
		tenant_notice_doubts(conf, list);
	}
	metric_put(w->o.metrics->cell[METRICS_TENANTS_OK], 1);
	put_in_force(w, fresh);
	timer_clear(&w->timer);
	look_again(w);
}
