/* Capacity: the largest load at which the SLO still holds. */
#ifndef TESTS_LAB_SWEEP_H
#define TESTS_LAB_SWEEP_H

#include "tests/lab/fleet.h"

/* Speed of `run` at which it is lost, from below, by bisection; `halvings`
 * of a bracket of a third. 0: it does not hold at any speed tried. */
double sweep_capacity(const struct fleet_run *run, double guess,
		      unsigned halvings);

#endif
