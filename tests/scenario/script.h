/* Scripts of the scenarios: one statement a line, told in README.md. */
#ifndef TESTS_SCENARIO_SCRIPT_H
#define TESTS_SCENARIO_SCRIPT_H

#include "common/base/buf.h"
#include "tests/scenario/world.h"

#define SCRIPT_MAX_WORDS 32

struct script {
	const char *file;
	size_t line;
	bool must_fail; /* and then passes if anything does */
	size_t faults;
	/* Where a statement names several policies, the script is run as
	 * often, with each of them in its turn. */
	size_t turn, turns;
	struct world *world; /* NULL before `workers` */
	struct world_fleet fleet;
	const struct policy *policy;
	struct policy_options options;
	struct rng rng; /* of {r} */
	struct world_request last;
};

/* A line "FAIL file:line: …" and one fault more. */
void script_fail(struct script *s, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Runs a whole script; true if it passed. */
bool script_run(const char *file);

/* "12", "3s", "40%" as what it is in base units (ms for times). */
bool script_number(struct slice text, double *out);

/* {i}, {i%12+1}, {r%5}: from left to right, whole numbers. False: not an
 * expression. */
bool script_expand(struct slice line, uint64_t i, struct rng *r,
		   struct buf *out);

/* The words after `expect`. */
void script_expect(struct script *s, const struct slice *word, size_t n);

/* "w3" as 2; false with a fault. */
bool script_worker(struct script *s, struct slice word, unsigned *out);

#endif
