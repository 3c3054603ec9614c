/* Whether what a cache drops will be asked for again.
 *
 * A sample of block keys is remembered with the time they were last asked
 * for. From the ages at which they are asked for again, and those at which
 * workers drop them, follows the chance that the next block to be dropped
 * would have been of use. Fixed memory; forgets by halves. One thread. */
#ifndef ROUTER_POLICY_REUSE_H
#define ROUTER_POLICY_REUSE_H

#include <stddef.h>
#include <stdint.h>

struct reuse;

/* One key in `every` is remembered; a power of two. */
struct reuse *reuse_create(size_t n_workers, unsigned every);
void reuse_destroy(struct reuse **r);

/* Of a prompt's keys, those that would be remembered: at most `max`, into
 * `out`. Returns how many. Pure; any thread. */
size_t reuse_sample(unsigned every, const uint64_t *key, size_t n,
		    uint64_t *out, size_t max);

/* A prompt with these blocks was sent to the worker. */
void reuse_asked(struct reuse *r, unsigned worker, const uint64_t *key,
		 size_t n, double now_s);
/* The worker has dropped a block. */
void reuse_dropped(struct reuse *r, unsigned worker, uint64_t key,
		   double now_s);
/* 0 … 1; 0 while the worker has dropped nothing. */
double reuse_chance(const struct reuse *r, unsigned worker);

#endif
