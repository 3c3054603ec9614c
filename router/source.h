/* Where the configuration comes from whenever it is read: a file, or workers
 * that the command line names, whose models are then asked of them. */
#ifndef ROUTER_SOURCE_H
#define ROUTER_SOURCE_H

#include "router/conf/conf.h"

#define SOURCE_MAX_WORKERS  256
#define SOURCE_MAX_SETTINGS 64

/* Texts are lent. Exactly one of file and workers is there. */
struct source {
	const char *file;                       /* or NULL */
	const char *worker[SOURCE_MAX_WORKERS]; /* urls */
	size_t n_workers;
	const char *model; /* that all workers serve; NULL: they are asked */
	const char *tokenizer;                 /* a directory, or NULL */
	const char *events_port, *replay_port; /* at each one's host; or NULL */
	struct conf_setting setting[SOURCE_MAX_SETTINGS]; /* over all that */
	size_t n_settings;
};

/* "/etc/warmpath/warmpath.yaml", "the command line". */
const char *source_name(const struct source *s);
/* Blocking, for some seconds where workers are asked; main thread or a
 * helper. ERR_INVALID with faults; ERR_AGAIN, with faults, where no worker
 * has answered. */
MUST_USE enum status source_load(const struct source *s, struct conf **out,
				 struct conf_faults *faults);

#endif
