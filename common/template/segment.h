/* A prompt in pieces, as renderers give it that are code and not a
 * template: an engine encodes each piece by itself, so that what a client
 * wrote can neither become a special token nor merge with its neighbours.
 * The pieces side by side are the whole text. */
#ifndef COMMON_TEMPLATE_SEGMENT_H
#define COMMON_TEMPLATE_SEGMENT_H

#include "common/base/arena.h"
#include "common/base/buf.h"

struct segment {
	size_t end;   /* offset in the text; it begins where the last ends */
	bool special; /* special tokens in it are recognised */
};

/* Text goes to the buffer's end, pieces into the arena. */
struct segments {
	struct buf *text;
	size_t start; /* of this prompt in the buffer */
	struct segment *item;
	size_t n, room;
	struct arena *arena;
};

void segments_init(struct segments *s, struct buf *text, struct arena *arena);
/* One more piece; none if it is empty. */
void segments_put(struct segments *s, struct slice text, bool special);
/* The name of a special token. */
void segments_token(struct segments *s, const char *name);
/* All that was appended to the buffer since the last piece becomes one. */
void segments_close(struct segments *s, bool special);

#endif
