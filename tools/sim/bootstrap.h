/* The bootstrap server that a prefill worker runs beside its API: where
 * decode workers and routers find its ranks. Mooncake's /query, SGLang's
 * /route and /health. The loop's thread. */
#ifndef TOOLS_SIM_BOOTSTRAP_H
#define TOOLS_SIM_BOOTSTRAP_H

#include "common/base/error.h"

#include <stdbool.h>

struct worker;

/* Listens if the worker's connector has such a server and its role is not
 * to decode: `w->bootstrap` is then set, and `w->bootstrap_port`. */
MUST_USE bool bootstrap_open(struct worker *w, struct error *err);
void bootstrap_close(struct worker *w);

#endif
