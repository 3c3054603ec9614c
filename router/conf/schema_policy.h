/* The rows of a policy's options: the same keys in the top level and in a
 * model, where they replace. Macros, since a row is a constant with the
 * owner's offsets in it. */
#ifndef ROUTER_CONF_SCHEMA_POLICY_H
#define ROUTER_CONF_SCHEMA_POLICY_H

#define POLICY(where, owner, flag, kind, name, field, lo, hi, def, text)       \
	{                                                                      \
		.scope = (where), .type = SCHEMA_##kind,                       \
		.key = "policy." name, .offset = offsetof(owner, field),       \
		.min = (lo), .max = (hi), .preset = (flag) ? NULL : (def),     \
		.flags = (flag), .help = (text)                                \
	}
#define POLICIES(where, owner, flag)                                           \
	POLICY(where, owner, flag, POLICY, "name", policy, 0, 0, "kv_aware",   \
	       "Who serves a request."),                                       \
		POLICY(where, owner, flag, NUMBER, "load_weight",              \
		       policy_options.load_weight, 0, 100, "1",                \
		       "kv_aware: what a token of work ahead costs, in "       \
		       "tokens to prefill. More spreads, less sticks to "      \
		       "caches."),                                             \
		POLICY(where, owner, flag, NUMBER, "bounded_load",             \
		       policy_options.bounded_load, 1, 100, "1.25",            \
		       "session: a worker takes at most this many times the "  \
		       "mean of all workers' requests."),                      \
		POLICY(where, owner, flag, NUMBER, "prefix_threshold",         \
		       policy_options.prefix_threshold, 0, 1, "0.5",           \
		       "prefix: least share of the prompt that must match."),  \
		POLICY(where, owner, flag, U32, "imbalance_abs",               \
		       policy_options.imbalance_abs, 0, 1000000, "32",         \
		       "prefix: a worker this many requests over the least "   \
		       "loaded one is passed over, if imbalance_rel says so "  \
		       "too."),                                                \
		POLICY(where, owner, flag, NUMBER, "imbalance_rel",            \
		       policy_options.imbalance_rel, 1, 1000, "1.1",           \
		       "prefix: the same, as a multiple of the least loaded "  \
		       "worker's requests.")

#endif
