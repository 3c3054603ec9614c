#include "router/policy/slow_start.h"

/* Even then it gets something, or nobody would learn how it does. */
#define FIRST_PART 0.9

double slow_start_part(uint64_t since_ms, uint64_t time_ms)
{
	if (since_ms >= time_ms)
		return 0;
	return FIRST_PART * (1 - (double)since_ms / (double)time_ms);
}
