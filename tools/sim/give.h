/* A prefill leg: what its prompt's blocks become when it is finished, and
 * whether it waits for whoever takes them. The loop's thread. */
#ifndef TOOLS_SIM_GIVE_H
#define TOOLS_SIM_GIVE_H

#include "tools/sim/handoff.h"

void give_init(struct handoff *h);
/* Sooner or later: exchange_submit(), or exchange_fail(). */
void give_begin(struct handoff *h);
/* Whether a decode leg, too, holds what it ends with: the prefill leg of the
 * next turn may go on from there. */
bool give_holds_on(const struct handoff *h);
/* The choice has its last token. */
void give_end(struct handoff *h, struct choice *c);

#endif
