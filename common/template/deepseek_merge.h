/* Conversations for DeepSeek V4, which has no role for tools: their
 * results, and a user's words behind them, become one message of the
 * user. */
#ifndef COMMON_TEMPLATE_DEEPSEEK_MERGE_H
#define COMMON_TEMPLATE_DEEPSEEK_MERGE_H

#include "common/template/deepseek.h"

struct deepseek_block {
	bool result; /* of a tool, else a user's text */
	struct slice text;
	struct value id; /* of a result's call, or none */
};

struct deepseek_turn {
	struct value message; /* the first that went into it */
	bool user;
	struct deepseek_block *block; /* of a user's turn */
	size_t n, room;
};

/* What a turn asks for beside an answer, or NULL; results ask nothing. */
const struct value *deepseek_task(const struct deepseek_turn *t);
/* Turns in the arena; results stand in the order of their calls. */
struct deepseek_turn *deepseek_merge(const struct deepseek *d, size_t *n);

#endif
