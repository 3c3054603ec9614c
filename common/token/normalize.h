/* The normalizer: steps that change a piece of text, one after another.
 * Built by one thread, then immutable. */
#ifndef COMMON_TOKEN_NORMALIZE_H
#define COMMON_TOKEN_NORMALIZE_H

#include "common/token/charsmap.h"
#include "common/token/regex.h"

#define NORMALIZE_MAX_STEPS 24
#define NORMALIZE_MAX_TEXT  1024 /* bytes of one step's own texts */
#define NORMALIZE_MAX_BYTES (16u << 20)

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
	NORMALIZE_CHARSMAP,
	NORMALIZE_REPLACE_REGEX, /* each match of a regex by `to` */
};

struct normalize_step {
	enum normalize_kind kind;
	struct buf from, to;  /* owned; `from` is not empty */
	struct charsmap *map; /* owned, or NULL */
	struct regex *regex;  /* owned, or NULL */
};

struct normalizer {
	struct normalize_step step[NORMALIZE_MAX_STEPS];
	size_t n;
	bool keeps_front; /* somebody wants to know the room's `front` */
};

/* Two buffers that a piece goes to and fro between. */
struct normalize_room {
	struct buf a, b;
	struct regex_room regex;
	/* By the last call: bytes at the start of the normal form that come
	 * from the text's first character. */
	size_t front;
};

void normalizer_init(struct normalizer *z);
void normalizer_fini(struct normalizer *z);
/* Copies the texts. ERR_LIMIT past the most steps, or for a long text. */
MUST_USE enum status normalizer_add(struct normalizer *z,
				    enum normalize_kind kind, struct slice from,
				    struct slice to);
/* Take the table or the regex over, even if they fail. */
MUST_USE enum status normalizer_add_map(struct normalizer *z,
					struct charsmap *map);
MUST_USE enum status normalizer_add_regex(struct normalizer *z,
					  struct regex *re, struct slice to);
size_t normalizer_bytes(const struct normalizer *z); /* memory held */
/* True if no text that comes out of it contains a blank. */
bool normalizer_removes_blanks(const struct normalizer *z);

void normalize_room_init(struct normalize_room *r);
void normalize_room_fini(struct normalize_room *r);
/* The normal form of `text`: itself where nothing changes, or in the room
 * until its next use. ERR_LIMIT past NORMALIZE_MAX_BYTES, as a replacement
 * may be long, and replaced again; or where a regex gives up. */
MUST_USE enum status normalize(const struct normalizer *z, struct slice text,
			       struct normalize_room *r, struct slice *out);

/* For the files of this folder: one step's text for `text`, which is not
 * empty: itself, or in `out`. */
struct slice normalize_step(const struct normalize_step *step,
			    struct slice text, struct buf *out);
/* In front.c: what a step that makes `made` of `text` leaves of a front. */
size_t front_behind(const struct normalize_step *step, struct slice text,
		    struct slice made, size_t front, struct regex_room *room);

#endif
