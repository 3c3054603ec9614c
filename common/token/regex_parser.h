/* What the files that parse a pattern share. */
#ifndef COMMON_TOKEN_REGEX_PARSER_H
#define COMMON_TOKEN_REGEX_PARSER_H

#include "common/base/slice.h"
#include "common/token/regex_tree.h"

struct regex_parser {
	struct slice text;
	size_t at;
	struct regex_tree *tree;
	bool ignore_case, dot_all;
	int depth;  /* of groups and brackets */
	int behind; /* of looks behind */
	struct error *err;
	enum status status; /* the first that was not OK */
};

/* Notes what is wrong at a byte, unless something was before. */
void regex_fail(struct regex_parser *p, enum status status, size_t at,
		const char *fmt, ...) PRINTF_LIKE(4, 5);

/* The byte at the parser, or one ahead; 0 at the end. */
static inline char regex_peek(const struct regex_parser *p, size_t ahead)
{
	return p->text.n - p->at > ahead ? p->text.p[p->at + ahead] : '\0';
}

static inline bool regex_is_over(const struct regex_parser *p)
{
	return p->at == p->text.n || p->status != OK;
}

/* Takes the text if it is next. */
bool regex_take(struct regex_parser *p, const char *text);
uint32_t regex_take_char(struct regex_parser *p);

/* Behind a backslash: one character, by number or name. False, with
 * nothing taken, if it is something else. */
bool regex_take_escape(struct regex_parser *p, uint32_t *c);
/* Behind a backslash: w, s, d, h, p{...} or their capitals. False, with
 * nothing taken, if it is something else. */
bool regex_take_named(struct regex_parser *p, bool in_brackets,
		      struct regex_set *out);
/* From the bracket on, that opens a class. True if it is no more than the
 * one character `c`. */
bool regex_take_class(struct regex_parser *p, struct regex_set *out,
		      uint32_t *c);

/* The parts of the tree. */
struct regex_node *regex_make(struct regex_parser *p, enum regex_kind kind);
struct regex_node *regex_make_over(struct regex_parser *p, enum regex_kind kind,
				   struct regex_node *child);
struct regex_node *regex_make_set(struct regex_parser *p, struct regex_set *s);
struct regex_node *regex_make_char(struct regex_parser *p, uint32_t c);
struct regex_node *regex_make_dot(struct regex_parser *p, bool all);
struct regex_node *regex_make_anchor(struct regex_parser *p,
				     enum regex_anchor anchor);
struct regex_node *regex_make_newline(struct regex_parser *p);

/* All alternatives up to a closing parenthesis or the end. */
struct regex_node *regex_take_choice(struct regex_parser *p);
/* From the opening parenthesis on. */
struct regex_node *regex_take_group(struct regex_parser *p);

/* In regex_quirk.c: what is counted, two neighbours, and the whole. */
void regex_check_counted(struct regex_parser *p, const struct regex_node *n,
			 uint32_t min, uint32_t max, size_t start);
void regex_check_joined(struct regex_parser *p, const struct regex_node *a,
			const struct regex_node *b);
void regex_check_start(struct regex_parser *p, const struct regex_node *root);

/* Sorts, takes the set over and gives its number. */
uint16_t regex_keep_set(struct regex_parser *p, struct regex_set *s);

#endif
