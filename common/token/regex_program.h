/* A pattern as a program for the matcher. */
#ifndef COMMON_TOKEN_REGEX_PROGRAM_H
#define COMMON_TOKEN_REGEX_PROGRAM_H

#include "common/token/regex.h"
#include "common/token/regex_tree.h"
#include "common/token/utf8.h"

#define REGEX_MAX_OPS   4096
#define REGEX_MAX_MARKS 32
#define REGEX_MAX_TEXT  8

enum regex_code {
	REGEX_OP_TEXT,   /* these bytes */
	REGEX_OP_ONE,    /* a character of the class */
	REGEX_OP_RUN,    /* `min` to `max` of them */
	REGEX_OP_SPLIT,  /* `next`, or else `other` */
	REGEX_OP_LOOK,   /* the program at `other` matches here, or must not */
	REGEX_OP_ATOMIC, /* as far as the program at `other` goes first */
	REGEX_OP_ANCHOR,
	REGEX_OP_MARK,  /* a turn of a loop begins here */
	REGEX_OP_CHECK, /* `next` if it went on, or else out to `other` */
	REGEX_OP_END,
};

enum regex_mode { REGEX_GREEDY, REGEX_LAZY, REGEX_POSSESSIVE };

struct regex_op {
	uint8_t code;
	uint8_t mode;         /* RUN */
	uint8_t anchor;       /* ANCHOR */
	uint8_t n;            /* TEXT: bytes; MARK, CHECK: which */
	bool negated, behind; /* LOOK */
	bool ends_behind;     /* END: only where the look behind began */
	uint16_t class;       /* ONE, RUN, ANCHOR */
	uint16_t way;         /* SPLIT, RUN */
	uint32_t next, other;
	uint32_t min, max; /* RUN; of a LOOK behind */
	char text[REGEX_MAX_TEXT];
};

/* Which ways on from a place can lead to a match, by the byte that is next;
 * the last row is for the end of the text. */
#define REGEX_WAY_NEXT  1
#define REGEX_WAY_OTHER 2

struct regex_way {
	uint8_t by_byte[257];
};

#define REGEX_PAGE_BITS 8

struct regex_class {
	uint8_t ascii[128];
	uint32_t page[(0x10ffff >> REGEX_PAGE_BITS) + 1];
};

struct regex_page {
	uint64_t bit[(1 << REGEX_PAGE_BITS) / 64];
};

struct regex {
	struct regex_op *op;
	size_t n_op;
	struct regex_class *class;
	size_t n_class;
	struct regex_page *page;
	size_t n_page, page_size;
	struct regex_way *way;
	size_t n_way;
	uint32_t start;
	struct regex_way first; /* where a match may begin */
	size_t n_mark;
};

/* The program of a tree. ERR_LIMIT if it gets too long. */
MUST_USE enum status regex_compile(const struct regex_tree *t, struct regex *re,
				   struct error *err);
/* Adds the class of a set. */
void regex_add_class(struct regex *re, const struct regex_set *s);
/* Fills in `way` and `first` of a compiled program, by what the sets begin
 * with. */
void regex_find_ways(struct regex *re, const struct regex_tree *t);

/* Is the character at p[at] of the class? */
static inline bool regex_class_has(const struct regex *re,
				   const struct regex_class *c, const char *p,
				   size_t at, size_t *len)
{
	unsigned char byte = (unsigned char)p[at];
	const struct regex_page *page;
	uint32_t point;

	if (byte < 0x80) {
		*len = 1;
		return c->ascii[byte];
	}
	point = utf8_get(p + at, len);
	page = &re->page[c->page[point >> REGEX_PAGE_BITS]];
	point &= (1u << REGEX_PAGE_BITS) - 1;
	return page->bit[point / 64] >> (point % 64) & 1;
}

#endif
