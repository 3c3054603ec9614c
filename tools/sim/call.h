/* A question to another engine over its side channel; see channel.h.
 * The loop's thread. */
#ifndef TOOLS_SIM_CALL_H
#define TOOLS_SIM_CALL_H

#include "tools/sim/channel.h"

struct call;

/* Called once, never before call_start has returned. `answer` is an object
 * that lives until the call returns; NULL: the other side cannot be
 * reached, or it went away. May call call_end. */
typedef void call_answered(void *arg, json_t *answer);

/* `host` is an address or "localhost"; `timeout_s` goes from now to the
 * answer, 0: as long as it takes. */
struct call *call_start(struct event_base *base, const char *host,
			uint16_t port, struct slice question, double timeout_s,
			call_answered *answered, void *arg);
/* From its answer on: `lost` is called once if the other side goes away,
 * with NULL. May call call_end. */
void call_watch(struct call *c, call_answered *lost);
/* Says whether what was granted has been copied, and closes. */
void call_end(struct call **c, bool has_copied);

#endif
