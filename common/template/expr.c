/* Operators, from the loosest to the tightest; operands are in
 * primary.c. */
#include <string.h>

#include "common/template/parser.h"
#include "common/template/test.h"

struct op_name {
	const char *text;
	enum node_op op;
};

static struct node *binary(struct parser *p, enum node_kind kind,
			   struct node *a, struct node *b)
{
	struct node *node = parse_node(p, kind);
	node->a = a;
	node->b = b;
	return node;
}

static struct node *unary(struct parser *p, bool with_filter)
{
	struct node *node;
	if (p->depth >= PARSER_MAX_DEPTH)
		return parse_fail(p, "nested too deep");
	p->depth++;
	if (parse_skip_op(p, "-"))
		node = binary(p, NODE_NEGATE, unary(p, false), NULL);
	else if (parse_skip_op(p, "+"))
		node = binary(p, NODE_PLUS, unary(p, false), NULL);
	else
		node = parse_primary(p);
	p->depth--;
	node = parse_postfix(p, node);
	return with_filter ? parse_filters(p, node, false) : node;
}

/* One level of left-associative operators. */
static struct node *level(struct parser *p, const struct op_name *ops, size_t n,
			  struct node *(*tighter)(struct parser *p))
{
	struct node *left = tighter(p);
	for (size_t i = 0; i < n; i++) {
		if (!parse_skip_op(p, ops[i].text))
			continue;
		left = binary(p, NODE_BINARY, left, tighter(p));
		left->op = (uint8_t)ops[i].op;
		i = (size_t)-1;
	}
	return left;
}

static struct node *filtered(struct parser *p)
{
	return unary(p, true);
}

static struct node *power(struct parser *p)
{
	static const struct op_name ops[] = {{"**", OP_POW}};
	return level(p, ops, ARRAY_LEN(ops), filtered);
}

static struct node *product(struct parser *p)
{
	static const struct op_name ops[] = {
		{"*", OP_MUL},
		{"/", OP_DIV},
		{"//", OP_FLOOR_DIV},
		{"%", OP_MOD},
	};
	return level(p, ops, ARRAY_LEN(ops), power);
}

static struct node *concat(struct parser *p)
{
	struct node *first = product(p);
	if (!parse_is_op(p, "~"))
		return first;
	struct node *node = parse_node(p, NODE_CONCAT);
	struct node_list list = {0};
	parse_push(p, &list, first);
	while (parse_skip_op(p, "~"))
		parse_push(p, &list, product(p));
	parse_take_list(node, &list);
	return node;
}

static struct node *sum(struct parser *p)
{
	static const struct op_name ops[] = {{"+", OP_ADD}, {"-", OP_SUB}};
	return level(p, ops, ARRAY_LEN(ops), concat);
}

static bool skip_compare(struct parser *p, enum node_op *op)
{
	static const struct op_name ops[] = {
		{"==", OP_EQ}, {"!=", OP_NE}, {"<", OP_LT},
		{"<=", OP_LE}, {">", OP_GT},  {">=", OP_GE},
	};
	for (size_t i = 0; i < ARRAY_LEN(ops); i++)
		if (parse_skip_op(p, ops[i].text)) {
			*op = ops[i].op;
			return true;
		}
	*op = OP_IN;
	if (parse_skip_name(p, "in"))
		return true;
	*op = OP_NOT_IN;
	if (!parse_is_name(p, "not") || p->at[1].type != TOKEN_NAME ||
	    !slice_equal(p->at[1].text, SLICE("in")))
		return false;
	p->at += 2;
	return true;
}

static struct node *compare(struct parser *p)
{
	struct node *first = sum(p);
	struct node_list list = {0};
	enum node_op op;
	while (skip_compare(p, &op)) {
		struct node *operand = parse_node(p, NODE_BODY);
		operand->a = sum(p);
		operand->op = (uint8_t)op;
		parse_push(p, &list, operand);
	}
	if (list.n == 0)
		return first;
	struct node *node = binary(p, NODE_COMPARE, first, NULL);
	parse_take_list(node, &list);
	return node;
}

static struct node *not_(struct parser *p)
{
	struct node *node;
	if (!parse_is_name(p, "not"))
		return compare(p);
	if (p->depth >= PARSER_MAX_DEPTH)
		return parse_fail(p, "nested too deep");
	p->at++;
	p->depth++;
	node = binary(p, NODE_NOT, not_(p), NULL);
	p->depth--;
	return node;
}

static struct node *and_(struct parser *p)
{
	struct node *left = not_(p);
	while (parse_skip_name(p, "and"))
		left = binary(p, NODE_AND, left, not_(p));
	return left;
}

struct node *parse_or(struct parser *p)
{
	if (p->depth >= PARSER_MAX_DEPTH)
		return parse_fail(p, "nested too deep");
	p->depth++;
	struct node *left = and_(p);
	while (parse_skip_name(p, "or"))
		left = binary(p, NODE_OR, left, and_(p));
	p->depth--;
	return left;
}

struct node *parse_expression(struct parser *p)
{
	struct node *value = parse_or(p);
	if (p->depth >= PARSER_MAX_DEPTH)
		return parse_fail(p, "nested too deep");
	p->depth++;
	while (parse_skip_name(p, "if")) {
		struct node *node = parse_node(p, NODE_COND);
		node->b = value;
		node->a = parse_or(p);
		if (parse_skip_name(p, "else"))
			node->c = parse_expression(p);
		value = node;
	}
	p->depth--;
	return value;
}

static bool tuple_ends(const struct parser *p)
{
	return p->at->type == TOKEN_BLOCK_END ||
	       p->at->type == TOKEN_VARIABLE_END || p->at->type == TOKEN_END ||
	       parse_is_op(p, ")") || parse_is_op(p, "=") ||
	       parse_is_name(p, "in") || parse_is_name(p, "recursive");
}

struct node *parse_tuple(struct parser *p, bool with_if)
{
	struct node *first = with_if ? parse_expression(p) : parse_or(p);
	if (!parse_is_op(p, ","))
		return first;
	struct node *node = parse_node(p, NODE_TUPLE);
	struct node_list list = {0};
	parse_push(p, &list, first);
	while (parse_skip_op(p, ",") && !tuple_ends(p))
		parse_push(p, &list,
			   with_if ? parse_expression(p) : parse_or(p));
	parse_take_list(node, &list);
	return node;
}
