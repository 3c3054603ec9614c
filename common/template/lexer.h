/* Template source to tokens: text, and what stands in tags. White space
 * control is settled here, with trim_blocks and lstrip_blocks on, as chat
 * templates are run. */
#ifndef COMMON_TEMPLATE_LEXER_H
#define COMMON_TEMPLATE_LEXER_H

#include "common/base/arena.h"

enum token_type {
	TOKEN_DATA,
	TOKEN_BLOCK_BEGIN,
	TOKEN_BLOCK_END,
	TOKEN_VARIABLE_BEGIN,
	TOKEN_VARIABLE_END,
	TOKEN_NAME,
	TOKEN_STRING,  /* text: what it stands for, escapes undone */
	TOKEN_INTEGER, /* text: as spelt */
	TOKEN_FLOAT,
	TOKEN_OPERATOR, /* text: the operator */
	TOKEN_END,
};

struct token {
	enum token_type type;
	unsigned line;
	struct slice text;
};

struct tokens {
	struct token *token; /* the last is TOKEN_END */
	size_t n, room;
};

/* `source` has its newlines normalised and outlives the tokens, as does
 * the arena. ERR_INVALID with the line. */
MUST_USE enum status lexer_run(struct slice source, struct arena *arena,
			       struct tokens *out, struct error *err);
/* CRLF and CR become LF; one newline at the end is dropped. */
struct slice lexer_normalise(struct slice source, struct arena *arena);

#endif
