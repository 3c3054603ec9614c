/* The simulated worker beside the published measurements of a real one:
 * coding agents on a single small GPU, from one session to far past the
 * point where their contexts fit no more. */
#ifndef TESTS_LAB_CALIBRATE_H
#define TESTS_LAB_CALIBRATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct calibration {
	size_t sessions;
	double p50_s, p95_s, p99_s, rate; /* published */
	/* With admission: shares of requests, and s at the gateway. */
	double waited, waited_p50_s, waited_max_s;
};

const struct calibration *calibrate_at(size_t i); /* NULL past the last */
/* The same as simulated, the mean of so many seeds. With `admission` whose
 * context would not fit waits at the gateway, and that counts apart. */
struct calibration calibrate_run(size_t sessions, unsigned seeds,
				 bool admission);
void calibrate_print(FILE *out);
/* The same loads with admission beside those without. */
void calibrate_print_admission(FILE *out);

#endif
