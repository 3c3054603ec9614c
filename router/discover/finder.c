#include "router/discover/finder.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "router/conf/discover.h"
#include "router/discover/kinds.h"

/* Faults of a text that are told one by one. */
#define MAX_TOLD 10

struct finder {
	struct loop *loop;
	struct conf *conf; /* counted */
	const struct conf_model *model;
	/* The kind goes on with what it began with, which says the same. */
	struct conf *first; /* counted */
	const struct conf_discover *discover;
	const struct finder_type *type;
	void *own; /* the kind's */
	const struct finder_events *events;
	void *arg;
	struct timer settle;
	struct buf text;    /* the newest */
	struct buf settled; /* the last that was read */
	bool is_read;       /* there was one */
	bool is_good;       /* it was taken */
};

/* --- from a text to a set --------------------------------------------- */

static void tell_faults(const struct finder *s, const struct conf_faults *f)
{
	struct slice all = buf_slice(&f->text);

	for (size_t i = 0; all.n > 0 && i < MAX_TOLD; i++) {
		struct slice line = slice_split(&all, '\n');

		log_warn("discover: %s: %.*s", s->model->name, SLICE_ARG(line));
	}
	if (all.n > 0)
		log_warn("discover: %s: %zu faults in all", s->model->name,
			 f->n);
}

static const char *refusal(const struct finder *s,
			   const struct conf_workers *set,
			   const struct conf_faults *faults)
{
	if (set == NULL)
		return "what it says is faulty";
	if (set->n > 0)
		return NULL;
	if (faults->n > 0)
		return "every worker that it names is faulty";
	return s->model->discover.allow_empty
		       ? NULL
		       : "it names no worker, and discover.allow_empty is off";
}

static void read_text(void *arg)
{
	struct finder *s = arg;
	const struct conf_workers_rules rules = {
		.whence = s->model->discover.file != NULL
				  ? s->model->discover.file
				  : s->type->name,
		.model = s->model,
		.numeric = s->type->lenient,
		.leave_out = s->type->lenient,
	};
	struct conf_faults faults = {0};
	struct conf_workers *set;
	const char *why;

	buf_reset(&s->settled, 0);
	buf_append(&s->settled, buf_slice(&s->text));
	s->is_read = true;
	set = conf_workers_parse(buf_slice(&s->text), &rules, &faults);
	tell_faults(s, &faults);
	why = refusal(s, set, &faults);
	buf_fini(&faults.text);
	s->is_good = why == NULL;
	if (why != NULL) {
		conf_workers_unref(&set);
		s->events->failed(s->arg, s, why);
		return;
	}
	s->events->found(s->arg, s, set);
}

/* --- for kinds ---------------------------------------------------------- */

struct loop *finder_loop(const struct finder *s)
{
	return s->loop;
}

const struct conf_discover *finder_conf(const struct finder *s)
{
	return s->discover;
}

void finder_take(struct finder *s, struct slice text)
{
	if (s->is_read && s->settle.due_ms == 0 &&
	    slice_equal(text, buf_slice(&s->settled))) {
		finder_confirm(s);
		return;
	}
	buf_reset(&s->text, 0);
	buf_append(&s->text, text);
	/* The first waits for nobody, and nobody puts off what has changed. */
	if (!s->is_read)
		read_text(s);
	else if (s->settle.due_ms == 0)
		timer_set(&s->settle, s->model->discover.settle_ms);
}

void finder_confirm(struct finder *s)
{
	if (s->is_good)
		s->events->found(s->arg, s, NULL);
}

void finder_fail(struct finder *s, const char *fmt, ...)
{
	char why[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	s->events->failed(s->arg, s, why);
}

/* --- its life ------------------------------------------------------------ */

struct finder *finder_create(struct loop *l, struct conf *conf,
			     const struct conf_model *model,
			     const struct finder_events *events, void *arg)
{
	struct finder *s = mem_zalloc(sizeof(*s));

	s->loop = l;
	s->conf = conf_ref(conf);
	s->model = model;
	s->first = conf_ref(conf);
	s->discover = &model->discover;
	s->type = kinds_of(&model->discover);
	s->events = events;
	s->arg = arg;
	timer_init(&s->settle, l, read_text, s);
	s->own = s->type->start(s);
	return s;
}

void finder_destroy(struct finder **s)
{
	struct finder *gone = *s;

	*s = NULL;
	if (gone == NULL)
		return;
	gone->type->stop(gone->own);
	timer_fini(&gone->settle);
	buf_fini(&gone->text);
	buf_fini(&gone->settled);
	conf_unref(&gone->conf);
	conf_unref(&gone->first);
	mem_free(gone);
}

bool finder_keep(struct finder *s, struct conf *conf,
		 const struct conf_model *model)
{
	struct conf *old = s->conf;

	if (!conf_discover_equal(s->discover, &model->discover))
		return false;
	s->conf = conf_ref(conf);
	s->model = model;
	conf_unref(&old);
	return true;
}

const char *finder_model(const struct finder *s)
{
	return s->model->name;
}
