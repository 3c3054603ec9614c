/* A pattern as a tree, between the parser and the compiler. */
#ifndef COMMON_TOKEN_REGEX_TREE_H
#define COMMON_TOKEN_REGEX_TREE_H

#include "common/base/arena.h"
#include "common/base/error.h"
#include "common/token/regex_set.h"

#define REGEX_MAX_SETS   256
#define REGEX_MAX_DEPTH  24
#define REGEX_MAX_REPEAT 100000
#define REGEX_FOREVER    UINT32_MAX

enum regex_kind {
	REGEX_EMPTY,
	REGEX_CHAR,
	REGEX_SET,
	REGEX_SEQUENCE, /* children one after the other */
	REGEX_CHOICE,   /* the first child that leads on */
	REGEX_REPEAT,
	REGEX_ATOMIC, /* no way back into it */
	REGEX_AHEAD,
	REGEX_BEHIND,
	REGEX_ANCHOR,
};

enum regex_anchor {
	REGEX_LINE_START,
	REGEX_LINE_END,
	REGEX_TEXT_START,
	REGEX_TEXT_END,
	REGEX_LAST_LINE_END, /* or before the last line end */
	REGEX_WORD_EDGE,
	REGEX_NO_WORD_EDGE,
};

struct regex_node {
	enum regex_kind kind;
	struct regex_node *child, *next; /* first child, next sibling */
	uint32_t c;                      /* CHAR, and SET if is_letter */
	uint16_t set;                    /* SET, and word edges */
	enum regex_anchor anchor;
	uint32_t min, max; /* REPEAT; of BEHIND, characters */
	bool is_letter;    /* one character, with or without case */
	bool lazy;
	bool negated; /* AHEAD, BEHIND */
};

struct regex_tree {
	struct arena arena;
	struct regex_node *root;
	struct regex_set set[REGEX_MAX_SETS]; /* sorted, all different */
	size_t n_set;
};

MUST_USE enum status regex_tree_parse(struct slice pattern,
				      struct regex_tree *out,
				      struct error *err);
void regex_tree_fini(struct regex_tree *t);

/* The least and the most characters that it matches; the most may be
 * REGEX_FOREVER. */
void regex_tree_lengths(const struct regex_node *n, uint32_t *min,
			uint32_t *max);

#endif
