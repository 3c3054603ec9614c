/* All workers of the process, from their start to the announcement of
 * their addresses to their end. */
#ifndef TOOLS_SIM_SIM_H
#define TOOLS_SIM_SIM_H

#include "tools/sim/worker.h"

/* `conf` outlives it. NULL with `err`. */
struct sim *sim_create(const struct conf *conf, struct error *err);
void sim_destroy(struct sim **s);

/* Writes [{"name","url","events","replay",…}] for all workers, in one go:
 * whoever sees the file sees all of it. */
MUST_USE enum status sim_announce(const struct sim *s, const char *path,
				  struct error *err);
void sim_run(struct sim *s); /* until sim_stop */
void sim_stop(struct sim *s);

#endif
