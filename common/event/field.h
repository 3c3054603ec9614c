/* The fields of an event, read into it one at a time. Internal to this
 * folder; what they are is written in event.h. */
#ifndef COMMON_EVENT_FIELD_H
#define COMMON_EVENT_FIELD_H

#include "common/event/decode.h"
#include "common/event/walk.h"

/* How deep members lie: of the batch, of its events, of an event. */
enum { DEPTH_BATCH = 1, DEPTH_EVENT = 3, DEPTH_FIELD = 4 };

enum field {
	FIELD_SKIP,
	FIELD_HASHES,
	FIELD_PARENT,
	FIELD_TOKENS,
	FIELD_BLOCK_SIZE,
	FIELD_MEDIUM,
	FIELD_LORA_NAME,
	FIELD_EXTRA_KEYS,
	FIELD_GROUP,
	FIELD_SPEC_KIND,
};

/* One event while it is read. */
struct field_reading {
	struct event_decoder *d;
	struct event e;
	/* extra_keys can only be judged when the other fields are known. */
	struct walk extra;
};

/* On failure what `r` holds is void. */
MUST_USE enum status field_read(struct walk *w, enum field f,
				struct field_reading *r);
/* Judges the extra_keys at `w`, which have been skipped over before. */
MUST_USE enum status field_extra(struct walk w, struct event *e);

/* The header of an array: ERR_LIMIT past `max` members. */
MUST_USE enum status field_array(struct walk *w, size_t max, size_t *n);
/* An integer from 0 to `max`; nil leaves `out` alone. */
MUST_USE enum status field_count(struct walk *w, uint64_t max, uint64_t *out);
/* A string; nil leaves `out` alone. */
MUST_USE enum status field_text(struct walk *w, struct slice *out);

static inline struct slice field_slice(const struct walk_item *it)
{
	return (struct slice){(const char *)it->p, (size_t)it->u};
}

#endif
