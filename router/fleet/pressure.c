#include "router/fleet/pressure.h"

#include <stddef.h>

#include "common/base/assert.h"
#include "common/base/attr.h"

/* In percent of what is allowed: where a level begins, and where it ends. */
static const struct {
	const char *name;
	unsigned from, until;
} level[] = {
	[PRESSURE_NONE] = {"none", 0, 0},
	[PRESSURE_HIGH] = {"high", 90, 85},
	[PRESSURE_CRITICAL] = {"critical", 95, 90},
};

enum pressure pressure_next(enum pressure now, uint64_t used, uint64_t max)
{
	/* Divided first: neither is known to be small. */
	uint64_t percent = max / 100;

	if (max == 0)
		return PRESSURE_NONE;
	for (unsigned p = PRESSURE_CRITICAL; p > PRESSURE_NONE; p--) {
		unsigned from = p <= now ? level[p].until : level[p].from;

		if (used >= percent * from)
			return (enum pressure)p;
	}
	return PRESSURE_NONE;
}

const char *pressure_name(enum pressure p)
{
	ASSERT((size_t)p < ARRAY_LEN(level));
	return level[p].name;
}
