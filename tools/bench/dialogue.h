/* Long chats, as assistants and agents send them: a system message that
 * all conversations share, a history, and a last turn with the request's
 * number in it. Either all behind the shared part is new with every
 * request, or only the last turn is. Pure. */
#ifndef TOOLS_BENCH_DIALOGUE_H
#define TOOLS_BENCH_DIALOGUE_H

#include "common/base/rng.h"
#include "tools/bench/message.h"

/* A text in pieces of about a kilobyte, escaped for JSON once, so that a
 * request is put together at the speed of memory. */
struct dialogue_text {
	struct buf bytes;
	size_t *end; /* of each piece; heap */
	size_t n;
};

/* ERR_INVALID for a text of fewer pieces than that. The text must be
 * UTF-8. */
#define DIALOGUE_MIN_PIECES 8
MUST_USE enum status dialogue_text_init(struct dialogue_text *t,
					struct slice text);
void dialogue_text_fini(struct dialogue_text *t);

struct dialogue {
	const struct dialogue_text *text; /* outlives it */
	struct rng rng;
	size_t body_bytes; /* about, as asked for */
	/* Offsets into the request. */
	size_t room, head_end, length_at, shared_end, history_end, end;
	uint64_t turns; /* behind the history */
	bool grows;
};

/* The first request of the conversation of `shape->session`. */
void dialogue_make(struct dialogue *d, const struct dialogue_text *text,
		   const struct message_shape *shape,
		   struct message_request *m);
/* The next one, in place. A conversation that grows goes back to its
 * history after so many turns, and on from there with other words. */
#define DIALOGUE_TURNS 16
void dialogue_next(struct dialogue *d, struct message_request *m);

#endif
