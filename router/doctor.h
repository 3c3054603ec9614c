/* All that the gateway would find out of its fleet, once: health, what the
 * workers say of themselves, parity, their events. Blocking; main thread. */
#ifndef ROUTER_DOCTOR_H
#define ROUTER_DOCTOR_H

#include "router/fleet/fleet.h"

struct doctor_options {
	bool generate;    /* a tiny completion for each worker */
	uint64_t wait_ms; /* for events to come */
};

struct doctor;

/* Takes the configuration over as it is needed here: probes are made at
 * once. NULL with `err`: the fleet cannot be made of it. */
struct doctor *doctor_create(struct conf *c, const struct doctor_options *o,
			     struct error *err);
void doctor_destroy(struct doctor **d);
/* Some seconds. What was found then stands in the fleet's workers. */
void doctor_run(struct doctor *d);
const struct fleet *doctor_fleet(const struct doctor *d);
/* Whether something is wrong with this worker. */
bool doctor_is_wrong(const struct worker *w);

#endif
