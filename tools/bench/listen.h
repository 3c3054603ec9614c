/* What serves: its listening socket, told on standard output, and the
 * signal that ends it. One thread. */
#ifndef TOOLS_BENCH_LISTEN_H
#define TOOLS_BENCH_LISTEN_H

#include "common/base/addr.h"

/* Prints {"listen": "HOST:PORT"}, and from now on heeds SIGTERM and SIGINT.
 * n = 0: a free port of loopback. Returns the descriptor, or -1: said on
 * standard error. */
int listen_and_tell(const struct addr *at);
bool listen_is_over(void);

#endif
