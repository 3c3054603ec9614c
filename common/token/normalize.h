/* The normalizer: steps that change a piece of text, one after another.
 * Built by one thread, then immutable. */
#ifndef COMMON_TOKEN_NORMALIZE_H
#define COMMON_TOKEN_NORMALIZE_H

#include "common/base/buf.h"

#define NORMALIZE_MAX_STEPS 8

enum normalize_kind {
	NORMALIZE_NFC,
	NORMALIZE_PREPEND, /* `to`, unless the piece is empty */
	NORMALIZE_REPLACE, /* each `from` by `to` */
};

struct normalize_step {
	enum normalize_kind kind;
	struct buf from, to; /* owned; `from` is not empty */
};

struct normalizer {
	struct normalize_step step[NORMALIZE_MAX_STEPS];
	size_t n;
};

/* Two buffers that a piece goes to and fro between. */
struct normalize_room {
	struct buf a, b;
};

void normalizer_init(struct normalizer *z);
void normalizer_fini(struct normalizer *z);
/* Copies the texts. ERR_LIMIT past the most steps. */
MUST_USE enum status normalizer_add(struct normalizer *z,
				    enum normalize_kind kind, struct slice from,
				    struct slice to);
/* True if no text that comes out of it contains a blank. */
bool normalizer_removes_blanks(const struct normalizer *z);

void normalize_room_init(struct normalize_room *r);
void normalize_room_fini(struct normalize_room *r);
/* The normal form of `text`: itself where nothing changes, or in the room
 * until its next use. */
struct slice normalize(const struct normalizer *z, struct slice text,
		       struct normalize_room *r);

#endif
