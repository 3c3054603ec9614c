/* `warmpath-bench relay`: bytes from here to there and back, and nothing
 * else. What it costs is what the kernel takes for a proxy's two reads and
 * two writes: no proxy of TCP on this machine can cost less. */
#ifndef TOOLS_BENCH_RELAY_H
#define TOOLS_BENCH_RELAY_H

#include "tools/bench/option.h"

/* Until SIGTERM; returns the exit status. */
int relay_run(const struct bench_options *options);

#endif
