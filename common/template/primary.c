/* Operands: literals, names, what is applied behind them, and targets of
 * assignments. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/template/filter.h"
#include "common/template/parser.h"
#include "common/template/test.h"

static struct node *constant(struct parser *p, struct value value)
{
	struct node *node = parse_node(p, NODE_CONST);
	node->value = value;
	return node;
}

static struct node *string(struct parser *p)
{
	struct slice text = p->at++->text;
	while (p->at->type == TOKEN_STRING) {
		struct slice more = p->at++->text;
		char *joined = arena_alloc(p->arena, text.n + more.n + 1);
		memcpy(joined, text.p, text.n);
		memcpy(joined + text.n, more.p, more.n);
		text = (struct slice){joined, text.n + more.n};
	}
	return constant(p, value_string(text));
}

static struct node *number(struct parser *p)
{
	const struct token *t = p->at++;
	char digits[64];
	size_t n = 0;
	if (t->text.n >= sizeof(digits))
		return parse_fail(p, "a number is too long");
	for (size_t i = 0; i < t->text.n; i++)
		if (t->text.p[i] != '_')
			digits[n++] = t->text.p[i];
	digits[n] = '\0';
	if (t->type == TOKEN_FLOAT)
		return constant(p, value_float(strtod(digits, NULL)));
	errno = 0;
	long long i = strtoll(digits, NULL, 10);
	if (errno != 0)
		return parse_fail(p, "a number is too large");
	return constant(p, value_int(i));
}

/* What a name without a value is. */
static struct value undefined(struct parser *p, struct slice name)
{
	struct undefined *u = arena_alloc(p->arena, sizeof(*u));
	*u = (struct undefined){.name = name};
	return (struct value){.type = VALUE_UNDEFINED, .why = u};
}

static struct node *name(struct parser *p)
{
	struct slice text = p->at++->text;
	if (slice_equal(text, SLICE("true")) ||
	    slice_equal(text, SLICE("True")))
		return constant(p, value_bool(true));
	if (slice_equal(text, SLICE("false")) ||
	    slice_equal(text, SLICE("False")))
		return constant(p, value_bool(false));
	if (slice_equal(text, SLICE("none")) ||
	    slice_equal(text, SLICE("None")))
		return constant(p, value_none());
	struct node *node = parse_node(p, NODE_NAME);
	node->text = text;
	node->name = parse_name_id(p, text);
	node->value = undefined(p, text);
	if (p->loop && slice_equal(text, SLICE("loop")))
		p->loop->uses_loop = true;
	if (p->macro && slice_equal(text, SLICE("caller")))
		p->macro->uses_caller = true;
	if (p->macro && slice_equal(text, SLICE("kwargs")))
		p->macro->uses_kwargs = true;
	if (p->macro && slice_equal(text, SLICE("varargs")))
		p->macro->uses_varargs = true;
	return node;
}

static struct node *list(struct parser *p)
{
	struct node *node = parse_node(p, NODE_LIST);
	struct node_list items = {0};
	parse_expect_op(p, "[");
	while (!p->failed && !parse_is_op(p, "]")) {
		if (items.n > 0)
			parse_expect_op(p, ",");
		if (parse_is_op(p, "]"))
			break;
		parse_push(p, &items, parse_expression(p));
	}
	parse_expect_op(p, "]");
	parse_take_list(node, &items);
	return node;
}

static struct node *dict(struct parser *p)
{
	struct node *node = parse_node(p, NODE_DICT);
	struct node_list items = {0};
	parse_expect_op(p, "{");
	while (!p->failed && !parse_is_op(p, "}")) {
		if (items.n > 0)
			parse_expect_op(p, ",");
		if (parse_is_op(p, "}"))
			break;
		parse_push(p, &items, parse_expression(p));
		parse_expect_op(p, ":");
		parse_push(p, &items, parse_expression(p));
	}
	parse_expect_op(p, "}");
	parse_take_list(node, &items);
	return node;
}

static struct node *parenthesised(struct parser *p)
{
	struct node *node;
	parse_expect_op(p, "(");
	if (parse_is_op(p, ")"))
		node = parse_node(p, NODE_TUPLE);
	else
		node = parse_tuple(p, true);
	parse_expect_op(p, ")");
	return node;
}

struct node *parse_primary(struct parser *p)
{
	switch (p->at->type) {
	case TOKEN_STRING: return string(p);
	case TOKEN_INTEGER:
	case TOKEN_FLOAT: return number(p);
	case TOKEN_NAME: return name(p);
	default: break;
	}
	if (parse_is_op(p, "("))
		return parenthesised(p);
	if (parse_is_op(p, "["))
		return list(p);
	if (parse_is_op(p, "{"))
		return dict(p);
	return parse_fail(p, "expected an expression");
}

static bool subscript_part_ends(const struct parser *p)
{
	return parse_is_op(p, ":") || parse_is_op(p, "]");
}

struct node *parse_subscript(struct parser *p, struct node *of)
{
	struct node *node = parse_node(p, NODE_ITEM);
	node->a = of;
	parse_expect_op(p, "[");
	if (!subscript_part_ends(p))
		node->b = parse_expression(p);
	if (parse_skip_op(p, ":")) {
		node->kind = NODE_SLICE;
		if (!subscript_part_ends(p))
			node->c = parse_expression(p);
		if (parse_skip_op(p, ":") && !subscript_part_ends(p))
			node->d = parse_expression(p);
	} else if (!node->b) {
		return parse_fail(p, "expected an expression");
	}
	if (parse_is_op(p, ","))
		return parse_refuse(p, "subscript", SLICE(","));
	parse_expect_op(p, "]");
	return node;
}

static struct node *attribute(struct parser *p, struct node *of)
{
	struct node *node = parse_node(p, NODE_ATTR);
	node->a = of;
	p->at++;
	if (p->at->type == TOKEN_INTEGER) {
		node->kind = NODE_ITEM;
		node->b = number(p);
		return node;
	}
	node->text = parse_expect_name(p);
	return node;
}

static struct node *call(struct parser *p, struct node *of)
{
	struct node *node = parse_node(p, NODE_CALL);
	node->a = of;
	parse_arguments(p, node);
	return node;
}

struct node *parse_postfix(struct parser *p, struct node *node)
{
	while (!p->failed) {
		if (parse_is_op(p, "."))
			node = attribute(p, node);
		else if (parse_is_op(p, "["))
			node = parse_subscript(p, node);
		else if (parse_is_op(p, "("))
			node = call(p, node);
		else
			break;
	}
	return node;
}

static struct node *target_name(struct parser *p, bool with_namespace)
{
	struct node *node = parse_node(p, NODE_NAME);
	node->text = parse_expect_name(p);
	node->name = parse_name_id(p, node->text);
	node->value = undefined(p, node->text);
	if (!with_namespace || !parse_skip_op(p, "."))
		return node;
	node->kind = NODE_NAMESPACE_ATTR;
	node->text = parse_expect_name(p);
	return node;
}

static struct node *target_item(struct parser *p)
{
	struct node *node;
	if (!parse_is_op(p, "("))
		return target_name(p, false);
	if (p->depth >= PARSER_MAX_DEPTH)
		return parse_fail(p, "nested too deep");
	p->at++;
	p->depth++;
	node = parse_target(p, false);
	p->depth--;
	parse_expect_op(p, ")");
	return node;
}

struct node *parse_target(struct parser *p, bool with_namespace)
{
	struct node *first = with_namespace && !parse_is_op(p, "(")
				     ? target_name(p, true)
				     : target_item(p);
	if (!parse_is_op(p, ","))
		return first;
	struct node *node = parse_node(p, NODE_TUPLE);
	struct node_list items = {0};
	parse_push(p, &items, first);
	while (parse_skip_op(p, ",") && !parse_is_name(p, "in") &&
	       !parse_is_op(p, "=") && !parse_is_op(p, ")"))
		parse_push(p, &items, target_item(p));
	parse_take_list(node, &items);
	return node;
}
