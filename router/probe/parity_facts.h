/* What a worker says of itself that we were told otherwise or not at all:
 * the names it serves, how long a prompt may be, its version. Pure. */
#ifndef ROUTER_PROBE_PARITY_FACTS_H
#define ROUTER_PROBE_PARITY_FACTS_H

#include "router/conf/conf.h"

struct parity_facts {
	bool models; /* /v1/models was understood */
	bool has_model;
	size_t max_model_len; /* tokens; 0: not told */
	char missing[256];    /* adapters it does not know, with commas */
	char version[64];     /* "" where not told */
	unsigned release;     /* 0.27.1: 27, 1.2: 1002; 0: not told */
};

/* The answer of GET /v1/models beside what is configured. ERR_INVALID: not a
 * list of models. */
MUST_USE enum status parity_facts_models(struct slice json,
					 const struct conf_model *m,
					 struct parity_facts *out);
/* The answer of GET /version. */
MUST_USE enum status parity_facts_version(struct slice json,
					  struct parity_facts *out);

#endif
