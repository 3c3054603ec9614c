/* Latencies, counted in buckets that are at most 1/64 wide: percentiles
 * are right to 1.6 %. Fixed size, no allocation. One thread. */
#ifndef TOOLS_BENCH_HISTOGRAM_H
#define TOOLS_BENCH_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_STEPS 64 /* buckets to each doubling */

struct histogram {
	uint64_t n, max;
	double sum;
	uint64_t bucket[64 * HISTOGRAM_STEPS];
};

void histogram_add(struct histogram *h, uint64_t value);
/* The middle of the bucket that holds this part (0…1) of all values;
 * 0 when there are none. */
double histogram_at(const struct histogram *h, double part);

#endif
