/* The inside of a tag; the lexer's two halves share this. */
#ifndef COMMON_TEMPLATE_LEXER_EXPR_H
#define COMMON_TEMPLATE_LEXER_EXPR_H

#include "common/template/lexer.h"

#define LEXER_MAX_BRACES 128

struct lexer {
	const char *p, *end;
	unsigned line;
	bool line_starting; /* the last tag ended with a newline */
	struct arena *arena;
	struct tokens *out;
	struct error *err;
	char brace[LEXER_MAX_BRACES]; /* open ones; tags end only at none */
	size_t n_braces;
};

void lexer_add(struct lexer *l, enum token_type type, struct slice text);
enum status lexer_fail(struct lexer *l, const char *what);
void lexer_skip_space(struct lexer *l);
void lexer_close(struct lexer *l, char sign, bool variable);
/* All up to and with the end of the tag. */
MUST_USE enum status lexer_tag(struct lexer *l, bool variable);

#endif
