/* A decode leg on its way to the prefill side's keys and values: it finds
 * out whom to ask, asks, and copies. The loop's thread. */
#ifndef TOOLS_SIM_LOAD_H
#define TOOLS_SIM_LOAD_H

#include "tools/sim/handoff.h"

/* Sooner or later: exchange_submit() or handoff_load_failed(). */
void load_start(struct handoff *h);
/* LMCache: what was sent here before is taken from the stock, at once. */
void load_from_stock(struct handoff *h);
/* What was granted has been copied. */
void load_copied(struct handoff *h);

/* Finds the side channel behind a bootstrap server: sooner or later
 * load_from() or handoff_load_failed(). */
void locate_start(struct handoff *h);
void load_from(struct handoff *h, const struct leg_address *at);

#endif
