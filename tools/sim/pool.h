/* A store that several workers share, as vLLM's file-system tier is one: a
 * directory with a file for each block, called by the block's hash. What one
 * process has put there, any other finds.
 *
 * Nothing is in the files. Whoever deletes them tells nobody. One thread. */
#ifndef TOOLS_SIM_POOL_H
#define TOOLS_SIM_POOL_H

#include "common/base/error.h"
#include "tools/sim/host.h"

struct pool;

/* The directory must be there. `scheme` outlives it. NULL with `err`. */
struct pool *pool_open(const char *directory, const struct hash_scheme *scheme,
		       const struct host_link *link,
		       void (*stored)(void *arg, const struct cache_run *run),
		       void *arg, struct error *err);
void pool_close(struct pool **p);

/* As host_match(): how far it goes on from there. */
size_t pool_match(struct pool *p, struct seq *s, size_t here);
/* The whole blocks among the first `n_tokens` tokens are there from now on;
 * those that were not are told of. */
void pool_put(struct pool *p, struct seq *s, size_t n_tokens);
/* When `tokens` that are asked for now are here: one load after another. */
double pool_load(struct pool *p, double now_s, size_t tokens);

#endif
