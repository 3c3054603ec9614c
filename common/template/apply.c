/* Arguments, filters and tests, as they are parsed. */
#include <string.h>

#include "common/template/filter.h"
#include "common/template/parser.h"
#include "common/template/test.h"

static void keyword(struct parser *p, struct node *call, uint32_t *room)
{
	struct keyword one = {.name = parse_expect_name(p)};
	p->at++;
	one.value = parse_expression(p);
	if (call->n_kw == *room) {
		*room = *room ? 2 * *room : 4;
		struct keyword *kw = arena_array(p->arena, *room, sizeof(*kw));
		if (call->n_kw > 0)
			memcpy(kw, call->kw, call->n_kw * sizeof(*kw));
		call->kw = kw;
	}
	call->kw[call->n_kw++] = one;
}

static bool at_keyword(const struct parser *p)
{
	return p->at->type == TOKEN_NAME && p->at[1].type == TOKEN_OPERATOR &&
	       slice_equal(p->at[1].text, SLICE("="));
}

static void argument(struct parser *p, struct node *call,
		     struct node_list *list, uint32_t *room)
{
	if (parse_skip_op(p, "**"))
		call->star_star = parse_expression(p);
	else if (parse_skip_op(p, "*"))
		call->star = parse_expression(p);
	else if (at_keyword(p))
		keyword(p, call, room);
	else if (call->n_kw > 0 || call->star || call->star_star)
		parse_fail(p, "an argument follows those with names");
	else
		parse_push(p, list, parse_expression(p));
}

void parse_arguments(struct parser *p, struct node *call)
{
	struct node_list list = {0};
	uint32_t room = 0;
	bool any = false;
	parse_expect_op(p, "(");
	while (!p->failed && !parse_is_op(p, ")")) {
		if (any)
			parse_expect_op(p, ",");
		if (parse_is_op(p, ")"))
			break;
		argument(p, call, &list, &room);
		any = true;
	}
	parse_expect_op(p, ")");
	parse_take_list(call, &list);
}

/* `a.b.c` is one name, for filters and tests. */
static struct slice dotted_name(struct parser *p)
{
	struct slice name = parse_expect_name(p);
	if (parse_is_op(p, "."))
		parse_refuse(p, "name", name);
	return name;
}

static struct node *filter(struct parser *p, struct node *of)
{
	struct node *node = parse_node(p, NODE_FILTER);
	node->a = of;
	node->text = dotted_name(p);
	node->filter = filter_find(node->text);
	if (!node->filter && filter_is_foreign(node->text))
		return parse_refuse(p, "filter", node->text);
	if (parse_is_op(p, "("))
		parse_arguments(p, node);
	return node;
}

static bool at_test_operand(const struct parser *p)
{
	switch (p->at->type) {
	case TOKEN_STRING:
	case TOKEN_INTEGER:
	case TOKEN_FLOAT: return true;
	case TOKEN_NAME:
		return !parse_is_name(p, "else") && !parse_is_name(p, "or") &&
		       !parse_is_name(p, "and");
	default: return parse_is_op(p, "[") || parse_is_op(p, "{");
	}
}

static struct node *test(struct parser *p, struct node *of)
{
	struct node *node = parse_node(p, NODE_TEST);
	bool negated = parse_skip_name(p, "not");
	node->a = of;
	node->text = dotted_name(p);
	node->test = test_find(node->text);
	if (parse_is_op(p, "(")) {
		parse_arguments(p, node);
	} else if (at_test_operand(p)) {
		struct node_list list = {0};
		if (parse_is_name(p, "is"))
			return parse_fail(p, "tests cannot be chained");
		parse_push(p, &list, parse_postfix(p, parse_primary(p)));
		parse_take_list(node, &list);
	}
	if (!negated)
		return node;
	struct node *not_ = parse_node(p, NODE_NOT);
	not_->a = node;
	return not_;
}

struct node *parse_filters(struct parser *p, struct node *node, bool start)
{
	while (!p->failed) {
		if (start || parse_skip_op(p, "|"))
			node = filter(p, node);
		else if (node->kind == NODE_HELD)
			break;
		else if (parse_skip_name(p, "is"))
			node = test(p, node);
		else if (parse_is_op(p, "(")) {
			struct node *called = parse_node(p, NODE_CALL);
			called->a = node;
			parse_arguments(p, called);
			node = called;
		} else
			break;
		start = false;
	}
	return node;
}
