#include "router/proxy/step.h"

const struct step_row step_rows[STEP_N] = {
#define X(id, name, to) [STEP_##id] = {name, to},
	STEPS(X)
#undef X
};

const char *step_name(enum step s)
{
	ASSERT(s < STEP_N);
	return step_rows[s].name;
}
