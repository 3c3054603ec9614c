#include "router/conf/connector.h"

#include "common/base/assert.h"

const struct connector *connector_get(enum conf_connector c)
{
	static const struct connector row[CONF_CONNECTORS_N] = {
		[CONF_CONNECTOR_NONE] = {.name = "none", .decodes_alone = true},
		/* The answer of the prefill worker says where it is. */
		[CONF_CONNECTOR_NIXL] = {.name = "nixl",
					 .joins_both = true,
					 .decodes_alone = true},
		[CONF_CONNECTOR_NIXL_PUSH] = {.name = "nixl_push",
					      .prefill_listens = true,
					      .port = 5600,
					      .port_of_rank = true,
					      .needs_engine = true,
					      .joins_both = true,
					      .decodes_alone = true},
		[CONF_CONNECTOR_MOONCAKE] = {.name = "mooncake",
					     .prefill_listens = true,
					     .port = 8998,
					     .joins_both = true,
					     .decodes_alone = true},
		/* Every prompt of its decode workers is another's. */
		[CONF_CONNECTOR_P2P_NCCL] = {.name = "p2p_nccl",
					     .prefill_listens = true,
					     .decode_listens = true,
					     .port_of_rank = true},
		[CONF_CONNECTOR_LMCACHE] = {.name = "lmcache",
					    .decode_listens = true,
					    .port_of_rank = true,
					    .needs_alloc = true,
					    .decodes_alone = true},
		[CONF_CONNECTOR_SGLANG] = {.name = "sglang",
					   .prefill_listens = true,
					   .port = 8998},
	};

	ASSERT(c < CONF_CONNECTORS_N);
	return &row[c];
}

const char *conf_role_name(enum conf_role role)
{
	static const char *const name[] = {"both", "prefill", "decode"};

	return name[role];
}

bool connector_gives(enum conf_role role, enum conf_connector c)
{
	if (c == CONF_CONNECTOR_NONE)
		return false;
	return role == CONF_ROLE_PREFILL ||
	       (role == CONF_ROLE_BOTH && connector_get(c)->joins_both);
}

bool connector_takes(enum conf_role role, enum conf_connector c)
{
	if (c == CONF_CONNECTOR_NONE)
		return false;
	return role == CONF_ROLE_DECODE ||
	       (role == CONF_ROLE_BOTH && connector_get(c)->joins_both);
}
