/* What each connector wants of the two workers that it joins. */
#ifndef ROUTER_CONF_CONNECTOR_H
#define ROUTER_CONF_CONNECTOR_H

#include "router/conf/conf.h"

struct connector {
	const char *name;
	/* Whom the other end must find: where transfer.host and .port count. */
	bool prefill_listens, decode_listens;
	uint16_t port;      /* if none is written; 0: one must be */
	bool port_of_rank;  /* each data-parallel rank has the next */
	bool needs_alloc;   /* transfer.alloc_port of a decode worker */
	bool needs_engine;  /* transfer.engine_id of a prefill worker */
	bool joins_both;    /* workers of role both may be either end */
	bool decodes_alone; /* a decode worker can compute a prompt itself */
};

const struct connector *connector_get(enum conf_connector c);
const char *conf_role_name(enum conf_role role);

/* It computes prompts for others; it goes on with what others computed. */
bool connector_gives(enum conf_role role, enum conf_connector c);
bool connector_takes(enum conf_role role, enum conf_connector c);
/* It serves requests by itself. */
static inline bool connector_serves_alone(enum conf_role role,
					  enum conf_connector c)
{
	return role == CONF_ROLE_BOTH ||
	       (role == CONF_ROLE_DECODE && connector_get(c)->decodes_alone);
}

#endif
