/* The slots of a worker's residents: each in the list of its state, and
 * found by its session's name or by what its last prompt ended with.
 * Private to residents.c. */
#ifndef ROUTER_FLEET_RESIDENT_SLOTS_H
#define ROUTER_FLEET_RESIDENT_SLOTS_H

#include "router/fleet/residents.h"

/* All of them free, and never taken. */
void resident_slots_init(struct residents *r);
/* The last of its list. */
void resident_set_state(struct residents *r, struct resident *s,
			enum resident_state state);
/* The one of this state that the prompt goes on from by the longest way;
 * NULL: none. */
struct resident *resident_find(struct residents *r, enum resident_state state,
			       const struct residents_ask *a);
/* From now on it is found by this. */
void resident_note_turn(struct residents *r, struct resident *s,
			const struct residents_ask *a);

#endif
