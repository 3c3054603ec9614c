/* Who computes what is to be handed over, as the table of offers knows it. */
#ifndef TOOLS_SIM_GIVER_H
#define TOOLS_SIM_GIVER_H

#include "tools/sim/complaint.h"

struct giver {
	/* It goes on once it is wanted, and hears of all that follows; else it
	 * has only to say when it goes. */
	bool waits;
	/* Somebody has come for it. */
	void (*wanted)(struct giver *g);
	/* It has been copied. */
	void (*taken)(struct giver *g);
	/* Nobody came, or who came has left; the offer is gone. */
	void (*failed)(struct giver *g, enum complaint_kind why);
};

#endif
