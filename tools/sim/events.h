/* Answers of Anthropic's Messages and of OpenAI's Responses, as vLLM shapes
 * them: one answer, whole or as named events. Pure. */
#ifndef TOOLS_SIM_EVENTS_H
#define TOOLS_SIM_EVENTS_H

#include "tools/sim/shape.h"

/* Before the first token; the cache is not told of yet. */
void events_begin(struct buf *to, const struct shape *s,
		  const struct shape_usage *u);
void events_delta(struct buf *to, const struct shape *s, struct slice text);
/* `whole` is the answer, with what ended it. */
void events_end(struct buf *to, const struct shape *s,
		const struct shape_piece *whole, const struct shape_usage *u);
/* No events, but all in one object. */
void events_answer(struct buf *to, const struct shape *s,
		   const struct shape_piece *whole,
		   const struct shape_usage *u);

#endif
