/* A tokenizer.json in three parts: vocabulary and merges, which are nearly
 * all of its bytes and are read in place, and the rest as a small document
 * of its own. Spans point into the text. Pure; any thread. */
#ifndef COMMON_TOKEN_DOCUMENT_H
#define COMMON_TOKEN_DOCUMENT_H

#include "common/base/buf.h"

struct document {
	struct buf rest;     /* the object without the two; owned */
	struct slice vocab;  /* an object or an array, or nothing */
	struct slice merges; /* an array, or nothing */
};

/* The whole text is checked: ERR_INVALID if it is not one JSON object, or
 * has one of the two parts twice; ERR_LIMIT if it is nested too deep. On
 * failure there is nothing to free. */
MUST_USE enum status document_split(struct slice text, struct document *d,
				    struct error *err);
void document_fini(struct document *d);

/* What a string of the text, `raw` with its quotes, says: in place, or in
 * `room`, which the next call uses again. */
MUST_USE enum status document_text(struct slice raw, struct buf *room,
				   struct slice *out);

#endif
