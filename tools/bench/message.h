/* What the load generator and the backend say to each other through the
 * proxy. Each request carries a number, the backend gives it back, so that
 * an answer on the wrong connection is seen; each event carries its place
 * in the stream and the time it was sent. Pure. */
#ifndef TOOLS_BENCH_MESSAGE_H
#define TOOLS_BENCH_MESSAGE_H

#include "common/base/buf.h"

#define MESSAGE_NUMBER_DIGITS 20
#define MESSAGE_NO_NUMBER     "00000000000000000000"
#define MESSAGE_TURN_MARK     "this is turn "
#define MESSAGE_LENGTH_DIGITS 9

/* A whole request, head and body, in which the number stands at two fixed
 * places: as the "user" and in the last turn, so that every prompt has a
 * known start and a new end. */
struct message_shape {
	struct slice host;
	uint64_t session;  /* prompts of two sessions differ at once */
	size_t body_bytes; /* about */
	uint64_t events;   /* 0: a plain answer, else a stream of these */
	uint64_t every_us; /* between two events */
	bool completions;  /* the prompt as text, not as messages */
	struct slice key;  /* sent as Bearer; empty: none */
	/* Of dialogues alone. */
	size_t shared_bytes; /* of the system message */
	bool grows;          /* only the last turn is new */
};

struct message_request {
	char *p;
	size_t n, body_bytes;
	size_t number_at[2];
};

/* Appends a request's head. With no `body_bytes` room is left for
 * MESSAGE_LENGTH_DIGITS; returns the offset where they end. */
size_t message_head_write(struct buf *out, const struct message_shape *shape,
			  const char *path, size_t body_bytes);
/* Appends a body's members before the prompt; returns the offset of the
 * number, which is all zeros. */
size_t message_fields_write(struct buf *out, const struct message_shape *shape);

void message_request_make(struct message_request *m,
			  const struct message_shape *shape);
void message_request_number(struct message_request *m, uint64_t number);
void message_request_fini(struct message_request *m);

/* Reads the number of a request out of its body; false: there is none. */
bool message_number_find(struct slice body, uint64_t *number);
/* What stream it asks for; false: a plain answer. Bounded to an hour. */
bool message_stream_find(struct slice body, uint64_t *events,
			 uint64_t *every_us);

/* A whole answer: head and body. `pad` bytes of text in it. */
void message_answer_write(struct buf *out, uint64_t number, uint64_t body_bytes,
			  size_t pad);
/* Whether a body answers the request of that number and size. A proxy may
 * add to a request, never take away. */
bool message_answer_check(struct slice body, uint64_t number,
			  uint64_t body_bytes);

struct message_event {
	uint64_t place, sent_ns, number;
};

/* Appends the event as one chunk. */
void message_event_write(struct buf *out, const struct message_event *e);
/* The last chunks: usage, [DONE], the end of the body. */
void message_events_end(struct buf *out, uint64_t number, uint64_t events);
/* Reads one event's text (without its empty line). */
bool message_event_read(struct slice event, struct message_event *out);

#endif
