/* Tokens to a tree. `parser_run` is for template_load(); the rest is
 * shared by the parser's two halves, statements and expressions.
 *
 * The first fault sticks and moves the cursor to the end, so that loops
 * end; functions then return some node, never NULL. */
#ifndef COMMON_TEMPLATE_PARSER_H
#define COMMON_TEMPLATE_PARSER_H

#include "common/base/map.h"
#include "common/template/lexer.h"
#include "common/template/node.h"

#define PARSER_MAX_DEPTH 100

struct parser {
	const struct token *at, *end; /* `end` is the TOKEN_END */
	struct arena *arena;
	struct map names; /* to 1 + id */
	struct slice *name;
	uint32_t n_names, names_room;
	unsigned depth, loops;
	struct node *macro, *loop; /* that are being parsed */
	bool failed;
	enum status status;
	struct error *err;
};

struct node_list {
	struct node **item;
	uint32_t n, room;
};

/* Fills `names` and `root`; they live in the arena. */
MUST_USE enum status parser_run(struct tokens *tokens, struct arena *arena,
				struct node **root, struct slice **names,
				uint32_t *n_names, struct error *err);

struct node *parse_fail(struct parser *p, const char *fmt, ...)
	PRINTF_LIKE(2, 3);
struct node *parse_refuse(struct parser *p, const char *what,
			  struct slice name);
struct node *parse_node(struct parser *p, enum node_kind kind);
void parse_push(struct parser *p, struct node_list *list, struct node *item);
void parse_take_list(struct node *node, const struct node_list *list);
uint32_t parse_name_id(struct parser *p, struct slice name);
bool parse_is_name(const struct parser *p, const char *name);
bool parse_is_op(const struct parser *p, const char *op);
bool parse_skip_name(struct parser *p, const char *name);
bool parse_skip_op(struct parser *p, const char *op);
void parse_expect_op(struct parser *p, const char *op);
struct slice parse_expect_name(struct parser *p);

struct node *parse_expression(struct parser *p); /* with if ... else */
struct node *parse_or(struct parser *p);         /* without */
/* One expression, or a tuple of them without parentheses. */
struct node *parse_tuple(struct parser *p, bool with_if);
/* `| filter ...` behind `node`; NULL: at a name, as in {% filter %}. */
struct node *parse_filters(struct parser *p, struct node *node, bool start);
void parse_arguments(struct parser *p, struct node *call);
/* What `set` and `for` assign to. */
struct node *parse_target(struct parser *p, bool with_namespace);
struct node *parse_postfix(struct parser *p, struct node *node);
struct node *parse_primary(struct parser *p);
/* `[a]` and `[a:b:c]`, at the bracket. */
struct node *parse_subscript(struct parser *p, struct node *of);

#endif
