#include "tests/lab/sweep.h"

#include <math.h>

#define STEP      1.3
#define MAX_STEPS 16

static bool holds(const struct fleet_run *run, double speed)
{
	struct fleet_run at = *run;
	struct fleet_result r;

	at.speed = speed;
	at.stop_early = true;
	fleet_run(&at, &r);
	return r.held;
}

double sweep_capacity(const struct fleet_run *run, double guess,
		      unsigned halvings)
{
	double low = guess, high = guess;
	int n = 0;

	if (holds(run, guess)) {
		while (n++ < MAX_STEPS && holds(run, high * STEP))
			high *= STEP;
		low = high;
		high *= STEP;
	} else {
		do
			low /= STEP;
		while (n++ < MAX_STEPS && !holds(run, low));
		if (n > MAX_STEPS)
			return 0;
		high = low * STEP;
	}
	while (halvings-- > 0) {
		double middle = sqrt(low * high);

		if (holds(run, middle))
			low = middle;
		else
			high = middle;
	}
	return low;
}
