/* Word to a prefill side that nobody will come for what it holds: the decode
 * leg was refused before it reached the engine. NIXL does so from 0.21 on.
 * The loop's thread. */
#ifndef TOOLS_SIM_FAREWELL_H
#define TOOLS_SIM_FAREWELL_H

#include "common/base/slice.h"

struct transfer;

/* `body` is that of the refused request. */
void farewell_send(struct transfer *t, struct slice body);
/* Those that have not been heard are not any more. */
void farewells_end(struct transfer *t);

#endif
