/* A set of workers that was found for a model, rather than written in the
 * configuration: the same keys, read by the same rows. Immutable, counted. */
#ifndef ROUTER_CONF_WORKERS_H
#define ROUTER_CONF_WORKERS_H

#include "router/conf/conf.h"

struct conf_workers {
	struct ref ref;
	struct conf_worker *worker;
	size_t n;
};

/* How to read one. */
struct conf_workers_rules {
	const char *whence; /* what faults call the text: a file's name */
	const struct conf_model *model; /* whose they are: its discover */
	bool numeric; /* no name is looked up; else it may block */
	/* A faulty worker is left out and told of in the faults; else the
	 * whole set is refused. */
	bool leave_out;
};

/* `text` is YAML or JSON: a list in the shape of a model's workers, or a
 * mapping whose only key, workers, has one. NULL if it is refused. */
struct conf_workers *conf_workers_parse(struct slice text,
					const struct conf_workers_rules *rules,
					struct conf_faults *faults);
struct conf_workers *conf_workers_ref(struct conf_workers *s);
void conf_workers_unref(struct conf_workers **s);

#endif
