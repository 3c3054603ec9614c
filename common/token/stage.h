/* The pre-tokenizer as stages: each cuts the pieces of the one before, or
 * changes them. Built by one thread, then immutable. */
#ifndef COMMON_TOKEN_STAGE_H
#define COMMON_TOKEN_STAGE_H

#include "common/token/metaspace.h"
#include "common/token/scan.h"
#include "common/token/split.h"

#define STAGE_MAX 16

enum stage_kind {
	STAGE_SCAN,      /* a scanner's pieces: most tokenizers have only it */
	STAGE_SPLIT,     /* any other pattern's */
	STAGE_METASPACE, /* blanks become U+2581; may cut there */
	STAGE_BLANK,     /* a blank before each piece that has none */
	STAGE_ALPHABET,  /* bytes become letters of the byte alphabet */
	STAGE_LENGTH,    /* pieces of so many characters */
};

struct stage {
	enum stage_kind kind;
	scan_fn *scan;
	struct split split; /* of a METASPACE that cuts as well */
	enum metaspace metaspace;
	bool cuts; /* METASPACE */
	size_t length;
};

void stage_fini(struct stage *s);

struct encoder;

/* Does the stage's work on a piece, and passes its pieces on. `room` is
 * the stage's own, in use until they are encoded. `front`: so many bytes at
 * stood before the piece. */
void stage_run(struct encoder *e, struct slice piece, size_t stage,
	       size_t front);

#endif
