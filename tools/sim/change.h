/* A worker's options while it runs, and in its next life. */
#ifndef TOOLS_SIM_CHANGE_H
#define TOOLS_SIM_CHANGE_H

#include "tools/sim/worker.h"

/* Texts and limits anew from w->conf. False with `err`, and they stay. */
MUST_USE bool worker_learn(struct worker *w, struct error *err);

/* `options`: names and values, as flags would say them. False with `err`,
 * and nothing is changed: an option that there is not, or that cannot be
 * changed then. */
MUST_USE bool worker_change(struct worker *w, const json_t *options,
			    struct error *err);
/* From the next life on. */
MUST_USE bool worker_change_next(struct worker *w, const json_t *options,
				 struct error *err);
/* That life begins. */
MUST_USE bool worker_begin_next(struct worker *w, struct error *err);

#endif
