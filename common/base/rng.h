/* Random numbers: a fast seeded generator for choices and simulations,
 * and the system's for everything that must not be guessed. */
#ifndef COMMON_BASE_RNG_H
#define COMMON_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
	uint64_t s[4];
};

void rng_seed(struct rng *r, uint64_t seed);
uint64_t rng_next(struct rng *r);
uint64_t rng_below(struct rng *r, uint64_t n); /* 0 … n-1; n > 0 */
double rng_unit(struct rng *r);                /* [0, 1) */
void rng_system(void *out, size_t n);          /* from the kernel */

#endif
