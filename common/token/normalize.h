/* The normalizer: steps that change a piece of text, one after another.
 * Built by one thread, then immutable. */
#ifndef COMMON_TOKEN_NORMALIZE_H
#define COMMON_TOKEN_NORMALIZE_H

#include "common/base/buf.h"

#define NORMALIZE_MAX_STEPS 24
#define NORMALIZE_MAX_TEXT  1024 /* bytes of one step's own texts */
#define NORMALIZE_MAX_BYTES (256u << 20)

enum normalize_kind {
	NORMALIZE_NFC,
	NORMALIZE_NFD,
	NORMALIZE_NFKC,
	NORMALIZE_NFKD,
	NORMALIZE_LOWER,
	NORMALIZE_BERT_CLEAN, /* see edit.h */
	NORMALIZE_BERT_CHINESE,
	NORMALIZE_BERT_ACCENTS,
	NORMALIZE_ACCENTS,
	NORMALIZE_NMT,
	NORMALIZE_STRIP_LEFT,
	NORMALIZE_STRIP_RIGHT,
	NORMALIZE_BYTES,   /* into the byte alphabet */
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
	bool front_lost; /* by the last call: what starts the text now did
			  * not start it before */
};

void normalizer_init(struct normalizer *z);
void normalizer_fini(struct normalizer *z);
/* Copies the texts. ERR_LIMIT past the most steps, or for a long text. */
MUST_USE enum status normalizer_add(struct normalizer *z,
				    enum normalize_kind kind, struct slice from,
				    struct slice to);
/* True if no text that comes out of it contains a blank. */
bool normalizer_removes_blanks(const struct normalizer *z);
/* True if some step of the kind is there. */
bool normalizer_has(const struct normalizer *z, enum normalize_kind kind);

void normalize_room_init(struct normalize_room *r);
void normalize_room_fini(struct normalize_room *r);
/* The normal form of `text`: itself where nothing changes, or in the room
 * until its next use. ERR_LIMIT past NORMALIZE_MAX_BYTES: a replacement may
 * be long, and replaced again. */
MUST_USE enum status normalize(const struct normalizer *z, struct slice text,
			       struct normalize_room *r, struct slice *out);

#endif
