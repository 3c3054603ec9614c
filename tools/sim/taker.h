/* What decode sides ask a prefill side over its side channel, and what they
 * are told. The loop's thread. */
#ifndef TOOLS_SIM_TAKER_H
#define TOOLS_SIM_TAKER_H

#include "tools/sim/transfer.h"

/* A channel's, whose argument is the transfer. */
extern const struct channel_sink taker_sink;

/* The handshake: false once the peer has been refused. */
MUST_USE bool taker_goes_together(const struct transfer *t, struct peer *p,
				  json_t *question);
/* Nothing of the kind is here, or nothing for this one. */
void taker_refuse(struct peer *p, enum complaint_kind why, const char *text);
/* What is READY goes to who waits for it. */
void taker_lend(struct offer *f);

#endif
