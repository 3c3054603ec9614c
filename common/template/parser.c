#include "common/template/parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/template/stmt.h"

static struct node failed_node = {.kind = NODE_CONST};

static void stop(struct parser *p, enum status status)
{
	p->failed = true;
	p->status = status;
	p->at = p->end;
}

struct node *parse_fail(struct parser *p, const char *fmt, ...)
{
	char text[256];
	va_list args;
	if (p->failed)
		return &failed_node;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	error_set(p->err, ERR_INVALID, "template:%u: %s", p->at->line, text);
	stop(p, ERR_INVALID);
	return &failed_node;
}

struct node *parse_refuse(struct parser *p, const char *what, struct slice name)
{
	if (p->failed)
		return &failed_node;
	error_set(p->err, ERR_UNSUPPORTED,
		  "template:%u: %s `%.*s` is not supported", p->at->line, what,
		  (int)(name.n > 100 ? 100 : name.n), name.p);
	stop(p, ERR_UNSUPPORTED);
	return &failed_node;
}

struct node *parse_node(struct parser *p, enum node_kind kind)
{
	struct node *node = arena_zalloc(p->arena, sizeof(*node));
	node->kind = (uint8_t)kind;
	node->line = p->at->line;
	return node;
}

void parse_push(struct parser *p, struct node_list *list, struct node *item)
{
	if (list->n == list->room) {
		uint32_t room = list->room ? 2 * list->room : 4;
		struct node **grown = arena_array(p->arena, room,
						  sizeof(*grown));
		if (list->n > 0)
			memcpy(grown, list->item, list->n * sizeof(*grown));
		list->item = grown;
		list->room = room;
	}
	list->item[list->n++] = item;
}

void parse_take_list(struct node *node, const struct node_list *list)
{
	node->list = list->item;
	node->n = list->n;
}

uint32_t parse_name_id(struct parser *p, struct slice name)
{
	uintptr_t id = (uintptr_t)map_find(&p->names, name);
	if (id > 0)
		return (uint32_t)(id - 1);
	if (p->n_names == p->names_room) {
		uint32_t room = p->names_room ? 2 * p->names_room : 32;
		struct slice *grown = arena_array(p->arena, room,
						  sizeof(*grown));
		if (p->n_names > 0)
			memcpy(grown, p->name, p->n_names * sizeof(*grown));
		p->name = grown;
		p->names_room = room;
	}
	p->name[p->n_names++] = name;
	map_set(&p->names, name, (void *)(uintptr_t)p->n_names);
	return p->n_names - 1;
}

static bool is(const struct parser *p, enum token_type type, const char *text)
{
	return p->at->type == type && slice_equal(p->at->text, slice_of(text));
}

bool parse_is_name(const struct parser *p, const char *name)
{
	return is(p, TOKEN_NAME, name);
}

bool parse_is_op(const struct parser *p, const char *op)
{
	return is(p, TOKEN_OPERATOR, op);
}

bool parse_skip_name(struct parser *p, const char *name)
{
	if (!parse_is_name(p, name))
		return false;
	p->at++;
	return true;
}

bool parse_skip_op(struct parser *p, const char *op)
{
	if (!parse_is_op(p, op))
		return false;
	p->at++;
	return true;
}

void parse_expect_op(struct parser *p, const char *op)
{
	if (!parse_skip_op(p, op))
		parse_fail(p, "expected `%s`", op);
}

struct slice parse_expect_name(struct parser *p)
{
	if (p->at->type == TOKEN_NAME)
		return p->at++->text;
	parse_fail(p, "expected a name");
	return (struct slice){"", 0};
}

enum status parser_run(struct tokens *tokens, struct arena *arena,
		       struct node **root, struct slice **names,
		       uint32_t *n_names, struct error *err)
{
	struct parser p = {
		.at = tokens->token,
		.end = tokens->token + tokens->n - 1,
		.arena = arena,
		.err = err,
	};
	map_init(&p.names);
	struct node *body = parse_statements(&p, NULL);
	map_fini(&p.names);
	if (p.failed)
		return p.status;
	*root = body;
	*names = p.name;
	*n_names = p.n_names;
	return OK;
}
