/* What an exchange sends: a stream token by token, or all at once. */
#ifndef TOOLS_SIM_ANSWER_H
#define TOOLS_SIM_ANSWER_H

#include "tools/sim/exchange.h"

/* The choice's newest token, as a frame of the stream. */
void answer_token(struct exchange *x, struct choice *c);
/* Each ends the exchange: `x` is gone afterwards. */
void answer_end(struct exchange *x);
void answer_broken(struct exchange *x); /* a stream, by an error */
void answer_whole(struct exchange *x);

#endif
