/* A worker that costs next to nothing: answers what a gateway asks of an
 * engine, at once or as a paced event stream. */
#ifndef TOOLS_BENCH_BACKEND_H
#define TOOLS_BENCH_BACKEND_H

#include "tools/bench/option.h"

/* Serves until SIGTERM; prints {"listen": "host:port"} when ready and the
 * counts at the end. Returns the exit status. */
int backend_run(const struct bench_options *options);

#endif
