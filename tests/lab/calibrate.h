/* The simulated worker beside the published measurements of a real one:
 * coding agents on a single small GPU, from one session to far past the
 * point where their contexts fit no more. */
#ifndef TESTS_LAB_CALIBRATE_H
#define TESTS_LAB_CALIBRATE_H

#include <stddef.h>
#include <stdio.h>

struct calibration {
	size_t sessions;
	double p50_s, p95_s, p99_s, rate; /* published */
};

const struct calibration *calibrate_at(size_t i); /* NULL past the last */
/* The same as simulated, the mean of so many seeds. */
struct calibration calibrate_run(size_t sessions, unsigned seeds);
void calibrate_print(FILE *out);

#endif
