/* Server-sent events, watched as they pass (WHATWG HTML 9.2).
 *
 * Bytes come split anywhere. The watcher knows where an event ends, so
 * that one of ours may be put behind it, counts events, notes the end
 * marker, why the answer ended, and keeps a copy of the events that speak of
 * usage. Everything else is looked at once and never copied. One thread. */
#ifndef COMMON_HTTP_SSE_H
#define COMMON_HTTP_SSE_H

#include "common/base/buf.h"

#define SSE_WORD_ROOM 16 /* a longer word is none of those that are known */

/* What few streams need, and not for long. */
struct sse_kept {
	struct buf part; /* an event of which more is to come */
	struct buf first_usage, last_usage; /* whole events; maybe one only */
	char finish[SSE_WORD_ROOM]; /* the last that was told; "": none */
};

struct sse {
	uint32_t max_event_bytes;
	bool begun;    /* inside an event */
	bool in_line;  /* the last byte was none of a line's end */
	bool after_cr; /* an LF now belongs to the line's end before */
	bool too_long; /* the event is over max_event_bytes: not looked at */
	bool done;     /* "data: [DONE]" has passed */
	bool failed;   /* an event {"error": ...} has passed */
	bool notes_finish;
	/* From an event's end to the "finish_reason" that is null while the
	 * answer goes on: as far as in the event before. */
	uint16_t null_at;      /* UINT16_MAX: there was none */
	uint64_t events;       /* that had data, [DONE] not counted */
	struct sse_kept *kept; /* NULL: nothing is */
};

/* Events over max_event_bytes are relayed like all, but not looked at. */
void sse_init(struct sse *s, size_t max_event_bytes);
/* From now on looks for sse_finish(), which OpenAI's chats and completions
 * tell. */
void sse_note_finish(struct sse *s);
void sse_fini(struct sse *s);
/* Returns how many events with data were completed by these bytes. */
size_t sse_feed(struct sse *s, struct slice bytes);

bool sse_inside_line(const struct sse *s);
bool sse_at_boundary(const struct sse *s); /* also before the first byte */
/* What to send first, so that an event of ours starts as one: "", "\n" or
 * "\n\n". Static. */
const char *sse_close_text(const struct sse *s);

/* The newest event that has a member "usage" other than null: its data,
 * the lines joined, in `out` (appended). False if none has passed. */
bool sse_usage(const struct sse *s, struct buf *out);
/* The oldest one, for APIs that tell prompt tokens at the start. */
bool sse_first_usage(const struct sse *s, struct buf *out);

/* The last "finish_reason" that was told, and is not null; "": none. */
const char *sse_finish(const struct sse *s);

/* The data of one whole event: appended, its lines joined by LF. False if
 * it has none. */
bool sse_event_data(struct slice event, struct buf *out);

#endif
