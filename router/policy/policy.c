#include "router/policy/policy.h"

#include "router/policy/choose.h"

/* The first is the default of the configuration. */
static const struct policy *const all[] = {
	&policy_cost,    &policy_kv_aware,   &policy_prefix,
	&policy_session, &policy_least_load, &policy_round_robin,
	&policy_random,
};

const struct policy *policy_at(size_t i)
{
	return i < ARRAY_LEN(all) ? all[i] : NULL;
}

const struct policy *policy_find(struct slice name)
{
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (slice_equal(slice_of(all[i]->name), name))
			return all[i];
	return NULL;
}

void policy_state_init(struct policy_state *s, uint64_t seed)
{
	rng_seed(&s->rng, seed);
	/* Lanes that start together do not all begin with the same worker. */
	s->counter = rng_next(&s->rng) >> 1;
}

const char *policy_exclusion_name(enum policy_exclusion e)
{
	switch (e) {
	case POLICY_ALLOWED: return "allowed";
	case POLICY_ROLE: return "prefill only";
	case POLICY_DOWN: return "down";
	case POLICY_DRAINING: return "draining";
	case POLICY_BROKEN: return "breaker open";
	case POLICY_PAUSED: return "paused";
	case POLICY_TRIED: return "tried";
	case POLICY_FULL: return "full";
	case POLICY_CROWDED: return "kv budget";
	}
	return "unknown";
}
