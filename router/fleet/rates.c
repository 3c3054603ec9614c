#include "router/fleet/rates.h"

#include <string.h>

_Static_assert(sizeof(struct policy_rates) == RATES_N * sizeof(double),
	       "rates are doubles and nothing else");

/* Each store releases and each load acquires, so that no fence is needed
 * between the values and their version. */
void rates_put(struct rates *r, const struct policy_rates *now)
{
	unsigned next = 1 +
			atomic_load_explicit(&r->version, memory_order_relaxed);
	_Atomic double *to = r->value[next % 2];
	double value[RATES_N];

	memcpy(value, now, sizeof(value));
	for (size_t i = 0; i < RATES_N; i++)
		atomic_store_explicit(&to[i], value[i], memory_order_release);
	atomic_store_explicit(&r->version, next, memory_order_release);
}

/* What is in force is written over only after the one behind it is. */
bool rates_get(const struct rates *r, struct policy_rates *out)
{
	double value[RATES_N];
	unsigned version;

	do {
		const _Atomic double *from;

		version = atomic_load_explicit(&r->version,
					       memory_order_acquire);
		from = r->value[version % 2];
		for (size_t i = 0; i < RATES_N; i++)
			value[i] = atomic_load_explicit(&from[i],
							memory_order_acquire);
	} while (version !=
		 atomic_load_explicit(&r->version, memory_order_acquire));
	memcpy(out, value, sizeof(value));
	return version != 0;
}
