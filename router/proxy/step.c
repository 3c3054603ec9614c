#include "router/proxy/step.h"

#include "common/base/assert.h"

static const struct {
	const char *name;
	unsigned to;
} row[] = {
#define X(id, name, to) [STEP_##id] = {name, to},
	STEPS(X)
#undef X
};

const char *step_name(enum step s)
{
	ASSERT(s < STEP_N);
	return row[s].name;
}

bool step_may_follow(enum step from, enum step to)
{
	ASSERT(from < STEP_N && to < STEP_N);
	return (row[from].to >> to & 1) != 0;
}
