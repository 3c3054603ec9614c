/* What is believed of a worker's pace before it has answered anything. */
#ifndef ROUTER_POLICY_PRIOR_H
#define ROUTER_POLICY_PRIOR_H

#include "router/conf/conf.h"

/* Of workers of the class. `token_bytes`: what keys and values of a token
 * take; 0: as with a model that fits the class. */
struct policy_rates prior_of(enum conf_gpu gpu, double token_bytes);
/* Of a worker of the model, by conf_worker.own_gpu. */
struct policy_rates prior_of_worker(const struct conf_model *m,
				    unsigned own_gpu, double token_bytes);

#endif
