/* A finished prefill leg on its way to the decode worker that LMCache's
 * `disagg_spec` names: it makes itself known there, gets room, and writes
 * its chunks; only then it answers. The loop's thread. */
#ifndef TOOLS_SIM_PUSH_H
#define TOOLS_SIM_PUSH_H

#include "tools/sim/handoff.h"

/* Holds the answer until it is done, or has failed. */
void push_start(struct handoff *h);
/* The chunks are written. */
void push_copied(struct handoff *h);

#endif
