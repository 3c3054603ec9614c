/* Cutting a piece of text at what a pattern matches, with the five ways of
 * the reference to deal with the matches. Built by one thread, then
 * immutable; a walk belongs to one thread. */
#ifndef COMMON_TOKEN_SPLIT_H
#define COMMON_TOKEN_SPLIT_H

#include "common/base/buf.h"
#include "common/token/regex.h"

/* What becomes of a match. */
enum split_behavior {
	SPLIT_REMOVED,
	SPLIT_ISOLATED,             /* a piece of its own */
	SPLIT_MERGED_WITH_PREVIOUS, /* the end of the piece before it */
	SPLIT_MERGED_WITH_NEXT,     /* the start of the piece behind it */
	SPLIT_CONTIGUOUS,           /* matches side by side: one piece */
};

enum split_by {
	SPLIT_BY_CLASS, /* each character that has one of the classes */
	SPLIT_BY_TEXT,  /* each copy of a text */
	SPLIT_BY_WORDS, /* \w+|[^\w\s]+ */
	SPLIT_BY_REGEX,
};

struct split {
	enum split_by by;
	enum split_behavior behavior;
	bool invert; /* matches and what is between change places */
	unsigned classes;
	struct buf text;     /* owned; not empty */
	struct regex *regex; /* owned */
};

struct split_segment {
	size_t start, end;
	bool is_match;
};

/* A walk over one piece. Zero all but the first two members, and the room,
 * which a regex needs. */
struct split_walk {
	const struct split *split;
	struct slice text;
	struct regex_room *room;
	struct regex_walk regex;
	enum status status; /* ERR_LIMIT: the regex gave up */
	size_t done, search;
	struct split_segment match, held;
	bool has_match, has_held;
};

void split_init(struct split *s, enum split_by by,
		enum split_behavior behavior);
void split_fini(struct split *s);
/* Next piece, never empty; false at the end, or where `status` is not OK. */
bool split_next(struct split_walk *w, struct slice *piece);

#endif
