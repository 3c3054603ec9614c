#include "router/policy/policies.h"

#include "common/base/assert.h"

static const struct policy *const table[] = {
	&policy_kv_aware,   &policy_prefix,      &policy_session,
	&policy_least_load, &policy_round_robin, &policy_random,
};

const struct policy *policy_at(size_t i)
{
	return i < ARRAY_LEN(table) ? table[i] : NULL;
}

const struct policy *policy_find(struct slice name)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (slice_equal(name, slice_of(table[i]->name)))
			return table[i];
	return NULL;
}

void policy_state_init(struct policy_state *s, uint64_t seed)
{
	*s = (struct policy_state){0};
	rng_seed(&s->rng, seed);
	/* Lanes that start together do not all begin with the first. */
	s->counter = rng_next(&s->rng) >> 32;
}

const char *policy_exclusion_name(enum policy_exclusion e)
{
	static const char *const name[] = {
		[POLICY_ALLOWED] = "allowed",   [POLICY_DOWN] = "down",
		[POLICY_DRAINING] = "draining", [POLICY_TRIED] = "tried",
		[POLICY_FULL] = "full",
	};

	ASSERT((size_t)e < ARRAY_LEN(name));
	return name[e];
}
