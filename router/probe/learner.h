/* Learns each worker's rates from what lanes have seen of its pace, and
 * publishes them in worker->rates: at first those of its class, see
 * policy/prior.h. Workers that stay over a reload keep what was learned.
 * Main loop. */
#ifndef ROUTER_PROBE_LEARNER_H
#define ROUTER_PROBE_LEARNER_H

#include "common/base/loop.h"
#include "router/fleet/fleet.h"

struct learner;

struct learner *learner_create(struct loop *loop);
void learner_destroy(struct learner **l);

/* Holds the workers by itself. */
void learner_set_fleet(struct learner *l, struct fleet *f);
/* Another process answers at the worker's address: of its kind, perhaps. */
void learner_restarted(struct learner *l, const struct worker *w);
/* Takes what has been seen by now; else it is taken twice a second. */
void learner_look(struct learner *l);

#endif
