/* Ways by which one engine's keys and values get to another. Pure. */
#ifndef TOOLS_SIM_CONNECTOR_H
#define TOOLS_SIM_CONNECTOR_H

#include "common/base/slice.h"

/* X(name, text) */
#define CONNECTORS(X)                                                          \
	X(NONE, "none")                                                        \
	X(NIXL, "nixl")                                                        \
	X(NIXL_PUSH, "nixl_push")                                              \
	X(MOONCAKE, "mooncake")                                                \
	X(P2P_NCCL, "p2p_nccl")                                                \
	X(LMCACHE, "lmcache")                                                  \
	X(SGLANG, "sglang")

#define X(name, text) CONNECTOR_##name,
enum connector { CONNECTORS(X) CONNECTOR_KINDS };
#undef X

/* What a worker is there for. */
enum role { ROLE_BOTH, ROLE_PREFILL, ROLE_DECODE };

/* False if it is none of them. */
MUST_USE bool connector_parse(struct slice text, enum connector *out);
MUST_USE bool role_parse(struct slice text, enum role *out);
const char *connector_name(enum connector c); /* static storage */
/* The decode side may ask before the prefill side knows of the request:
 * both legs are sent at the same time. */
bool connector_is_concurrent(enum connector c);

#endif
