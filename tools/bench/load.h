/* The load generator: closed loop, open loop, event streams, or just
 * connections held open. */
#ifndef TOOLS_BENCH_LOAD_H
#define TOOLS_BENCH_LOAD_H

#include "tools/bench/option.h"

/* Every connection is warmed by one request (or one event); then "ready"
 * is printed; then, with `hold` after a line on standard input, the
 * measured part runs. Prints one JSON object. Returns the exit status: 1
 * after the first error of any kind. */
int load_run(const struct bench_options *options);

#endif
