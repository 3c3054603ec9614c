#include "tools/bench/histogram.h"

#define STEP_BITS 6

static unsigned bucket_of(uint64_t value)
{
	if (value < HISTOGRAM_STEPS)
		return (unsigned)value;
	unsigned top = 63u - (unsigned)__builtin_clzll(value);
	unsigned shift = top - STEP_BITS;

	return (shift + 1) * HISTOGRAM_STEPS +
	       (unsigned)((value >> shift) - HISTOGRAM_STEPS);
}

static double middle_of(unsigned bucket)
{
	if (bucket < HISTOGRAM_STEPS)
		return bucket;
	unsigned shift = bucket / HISTOGRAM_STEPS - 1;
	uint64_t low = (uint64_t)(bucket % HISTOGRAM_STEPS + HISTOGRAM_STEPS)
		       << shift;

	return (double)low + (double)(1ull << shift) / 2;
}

void histogram_add(struct histogram *h, uint64_t value)
{
	h->bucket[bucket_of(value)]++;
	h->n++;
	h->sum += (double)value;
	if (value > h->max)
		h->max = value;
}

double histogram_at(const struct histogram *h, double part)
{
	uint64_t seen = 0;
	double wanted = part * (double)h->n;

	if (h->n == 0)
		return 0;
	for (unsigned i = 0; i < 64 * HISTOGRAM_STEPS; i++) {
		seen += h->bucket[i];
		if (seen > 0 && (double)seen >= wanted)
			return middle_of(i);
	}
	return (double)h->max;
}
