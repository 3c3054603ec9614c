#include "router/fleet/gate.h"

#include "common/base/assert.h"

enum gate gate_of(const struct gate_facts *f)
{
	if (f->draining)
		return GATE_DRAINING;
	if (f->health == WORKER_DOWN)
		return GATE_DOWN;
	if (f->breaker == BREAKER_OPEN && !f->lifted)
		return GATE_BROKEN;
	if (f->paused)
		return GATE_PAUSED;
	if (f->breaker != BREAKER_CLOSED)
		return f->lifted ? GATE_LIFTED : GATE_TRIES;
	return f->ramping ? GATE_RAMPS : GATE_ADMITS;
}

bool gate_heeds(size_t n, size_t ejected, size_t down, double max_ejected)
{
	if (ejected == 0)
		return true;
	return (double)(ejected + down) <= max_ejected * (double)n;
}

const char *gate_name(enum gate g)
{
	static const char *const name[GATE_N] = {
#define X(id, text) [GATE_##id] = (text),
		GATE_STATES(X)
#undef X
	};

	ASSERT(g < GATE_N);
	return name[g];
}
