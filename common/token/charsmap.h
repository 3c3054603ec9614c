/* The Precompiled normalizer: SentencePiece's table of what stands for
 * what, in the binary form in which its models hold it.
 *
 * A double array of 32-bit units finds keys of bytes; a key's value is
 * where its replacement, up to a NUL, starts in a text. The reference takes
 * the shortest key that a cluster starts with, and replaces the whole
 * cluster. Built by one thread, then immutable. */
#ifndef COMMON_TOKEN_CHARSMAP_H
#define COMMON_TOKEN_CHARSMAP_H

#include "common/base/buf.h"

struct charsmap {
	uint32_t *unit;
	size_t n;
	struct buf text; /* of all replacements, ended by a NUL */
	bool keeps[128]; /* an ASCII character alone is no key */
};

/* A walk over what becomes of a text, part by part. */
struct charsmap_walk {
	const struct charsmap *map;
	struct slice text;
	size_t at;
	size_t end; /* of the cluster that goes character by character */
};

struct charsmap_part {
	struct slice from, to;
	bool mapped; /* else `to` is `from` */
};

/* From base64. ERR_INVALID with the reason; finish it in any case. */
MUST_USE enum status charsmap_parse(struct charsmap *m, struct slice base64,
				    struct error *err);
void charsmap_fini(struct charsmap *m);
size_t charsmap_bytes(const struct charsmap *m);

/* False at the end of the text. */
bool charsmap_next(struct charsmap_walk *w, struct charsmap_part *part);
/* Appends what becomes of `text`. True if anything was mapped. */
bool charsmap_append(const struct charsmap *m, struct slice text,
		     struct buf *out);

#endif
