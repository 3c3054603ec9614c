/* The rows of a policy and its options: the same keys in the top level and
 * in a model, where they replace, and for a policy in the shadow. Macros,
 * since a row is a constant with the owner's offsets in it. */
#ifndef ROUTER_CONF_SCHEMA_POLICY_H
#define ROUTER_CONF_SCHEMA_POLICY_H

#define POLICY_ROW(where, owner, flag, section, kind, name, field, lo, hi,     \
		   def, text)                                                  \
	{                                                                      \
		.scope = (where), .type = SCHEMA_##kind,                       \
		.key = section "." name, .offset = offsetof(owner, field),     \
		.min = (lo), .max = (hi), .preset = (flag) ? NULL : (def),     \
		.flags = (flag), .help = (text)                                \
	}
/* `of`: where the owner has the options. */
#define POLICY_OPTIONS(where, owner, flag, section, of)                        \
	POLICY_ROW(where, owner, flag, section, NUMBER, "load_weight",         \
		   of.load_weight, 0, 100, "1",                                \
		   "kv_aware: what a token of work ahead costs, in tokens to " \
		   "prefill. More spreads, less sticks to caches."),           \
		POLICY_ROW(where, owner, flag, section, NUMBER,                \
			   "bounded_load", of.bounded_load, 1, 100, "1.25",    \
			   "session: a worker takes at most this many times "  \
			   "the mean of all workers' requests."),              \
		POLICY_ROW(where, owner, flag, section, NUMBER,                \
			   "prefix_threshold", of.prefix_threshold, 0, 1,      \
			   "0.5",                                              \
			   "prefix: least share of the prompt that must "      \
			   "match."),                                          \
		POLICY_ROW(where, owner, flag, section, U32, "imbalance_abs",  \
			   of.imbalance_abs, 0, 1000000, "32",                 \
			   "prefix: a worker this many requests over the "     \
			   "least loaded one is passed over, if "              \
			   "imbalance_rel says so too."),                      \
		POLICY_ROW(where, owner, flag, section, NUMBER,                \
			   "imbalance_rel", of.imbalance_rel, 1, 1000, "1.1",  \
			   "prefix: the same, as a multiple of the least "     \
			   "loaded worker's requests.")
#define POLICIES(where, owner, flag)                                           \
	POLICY_ROW(where, owner, flag, "policy", POLICY, "name", policy, 0, 0, \
		   "cost", "Who serves a request."),                           \
		POLICY_OPTIONS(where, owner, flag, "policy", policy_options)

#endif
