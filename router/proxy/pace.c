#include "router/proxy/pace.h"

uint64_t pace_until(const struct pace *p, uint64_t bytes)
{
	uint64_t ms;

	if (p->bytes_a_second == 0 ||
	    __builtin_mul_overflow(bytes, UINT64_C(1000), &ms))
		return p->max_ms;
	ms = ms / p->bytes_a_second + PACE_GRACE_MS;
	return ms < p->max_ms ? ms : p->max_ms;
}
