#include "common/template/stmt.h"

#include <string.h>

static void end_tag(struct parser *p)
{
	if (p->at->type == TOKEN_BLOCK_END)
		p->at++;
	else
		parse_fail(p, "expected the end of the tag");
}

/* A body and its end tag. */
static struct node *body_until(struct parser *p, const char *end)
{
	const char *const ends[] = {end, NULL};
	end_tag(p);
	struct node *body = parse_statements(p, ends);
	p->at += !p->failed;
	end_tag(p);
	return body;
}

static struct node *parse_if(struct parser *p)
{
	static const char *const ends[] = {"elif", "else", "endif", NULL};
	struct node *first = NULL, **link = &first;
	for (;;) {
		struct node *node = parse_node(p, NODE_IF);
		*link = node;
		link = &node->d;
		node->a = parse_tuple(p, false);
		end_tag(p);
		struct node *body = parse_statements(p, ends);
		node->list = body->list;
		node->n = body->n;
		if (!parse_skip_name(p, "elif"))
			break;
	}
	if (parse_skip_name(p, "else"))
		*link = body_until(p, "endif");
	else {
		p->at += !p->failed;
		end_tag(p);
	}
	return first;
}

static struct node *parse_for(struct parser *p)
{
	static const char *const ends[] = {"endfor", "else", NULL};
	struct node *node = parse_node(p, NODE_FOR), *outer = p->loop;
	node->a = parse_target(p, false);
	if (!parse_skip_name(p, "in"))
		parse_fail(p, "expected `in`");
	node->b = parse_tuple(p, false);
	if (parse_skip_name(p, "if"))
		node->c = parse_expression(p);
	if (parse_is_name(p, "recursive"))
		return parse_refuse(p, "statement", SLICE("for recursive"));
	end_tag(p);
	p->loop = node;
	p->loops++;
	struct node *body = parse_statements(p, ends);
	p->loops--;
	p->loop = outer;
	node->list = body->list;
	node->n = body->n;
	if (parse_skip_name(p, "else"))
		node->d = body_until(p, "endfor");
	else {
		p->at += !p->failed;
		end_tag(p);
	}
	return node;
}

static struct node *parse_set(struct parser *p)
{
	struct node *node = parse_node(p, NODE_SET);
	node->a = parse_target(p, true);
	if (parse_skip_op(p, "=")) {
		node->b = parse_tuple(p, true);
		end_tag(p);
		return node;
	}
	node->kind = NODE_SET_BLOCK;
	if (parse_is_op(p, "|"))
		node->b = parse_filters(p, parse_node(p, NODE_HELD), false);
	struct node *body = body_until(p, "endset");
	node->list = body->list;
	node->n = body->n;
	return node;
}

static void parse_parameters(struct parser *p, struct node *macro)
{
	uint32_t room = 0;
	parse_expect_op(p, "(");
	while (!p->failed && !parse_is_op(p, ")")) {
		if (macro->n_kw > 0)
			parse_expect_op(p, ",");
		struct keyword one = {.name = parse_expect_name(p)};
		one.id = parse_name_id(p, one.name);
		if (parse_skip_op(p, "="))
			one.value = parse_expression(p);
		else if (macro->n_kw && macro->kw[macro->n_kw - 1].value)
			parse_fail(p, "a parameter without a default "
				      "follows one with a default");
		if (macro->n_kw == room) {
			room = room ? 2 * room : 4;
			struct keyword *kw = arena_array(p->arena, room,
							 sizeof(*kw));
			if (macro->n_kw > 0)
				memcpy(kw, macro->kw,
				       macro->n_kw * sizeof(*kw));
			macro->kw = kw;
		}
		macro->kw[macro->n_kw++] = one;
	}
	parse_expect_op(p, ")");
}

/* From the parameters to the end tag. Loops outside are out of reach of
 * break, and of `loop`. */
static void parse_macro_body(struct parser *p, struct node *macro,
			     const char *end)
{
	struct node *outer = p->macro, *loop = p->loop;
	unsigned loops = p->loops;
	p->macro = macro;
	p->loops = 0;
	struct node *body = body_until(p, end);
	p->macro = outer;
	p->loop = loop;
	p->loops = loops;
	macro->list = body->list;
	macro->n = body->n;
}

static struct node *parse_macro(struct parser *p)
{
	struct node *macro = parse_node(p, NODE_MACRO);
	macro->text = parse_expect_name(p);
	macro->name = parse_name_id(p, macro->text);
	parse_parameters(p, macro);
	parse_macro_body(p, macro, "endmacro");
	return macro;
}

static struct node *parse_call_block(struct parser *p)
{
	struct node *node = parse_node(p, NODE_CALL_BLOCK);
	node->d = parse_node(p, NODE_MACRO);
	node->d->text = SLICE("caller");
	if (parse_is_op(p, "("))
		parse_parameters(p, node->d);
	node->a = parse_expression(p);
	if (node->a->kind != NODE_CALL)
		return parse_fail(p, "expected a call");
	parse_macro_body(p, node->d, "endcall");
	return node;
}

static struct node *parse_filter_block(struct parser *p)
{
	struct node *node = parse_node(p, NODE_FILTER_BLOCK);
	node->b = parse_filters(p, parse_node(p, NODE_HELD), true);
	struct node *body = body_until(p, "endfilter");
	node->list = body->list;
	node->n = body->n;
	return node;
}

static struct node *parse_generation(struct parser *p)
{
	struct node *body = body_until(p, "endgeneration");
	body->kind = body->kind == NODE_BODY ? NODE_SCOPE : body->kind;
	return body;
}

static struct node *parse_jump(struct parser *p, enum node_kind kind)
{
	struct node *node = parse_node(p, kind);
	if (p->loops == 0)
		return parse_fail(p, "outside of a loop");
	end_tag(p);
	return node;
}

static struct node *parse_statement(struct parser *p)
{
	static const char *const refused[] = {
		"include",    "import", "from",  "extends", "block", "with",
		"autoescape", "do",     "print", "trans",   "debug",
	};
	if (parse_skip_name(p, "if"))
		return parse_if(p);
	if (parse_skip_name(p, "for"))
		return parse_for(p);
	if (parse_skip_name(p, "set"))
		return parse_set(p);
	if (parse_skip_name(p, "macro"))
		return parse_macro(p);
	if (parse_skip_name(p, "call"))
		return parse_call_block(p);
	if (parse_skip_name(p, "filter"))
		return parse_filter_block(p);
	if (parse_skip_name(p, "generation"))
		return parse_generation(p);
	if (parse_skip_name(p, "break"))
		return parse_jump(p, NODE_BREAK);
	if (parse_skip_name(p, "continue"))
		return parse_jump(p, NODE_CONTINUE);
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		if (parse_is_name(p, refused[i]))
			return parse_refuse(p, "statement", p->at->text);
	return parse_fail(p, "an unknown or misplaced tag `%.*s`",
			  (int)(p->at->text.n > 60 ? 60 : p->at->text.n),
			  p->at->text.p);
}

static bool at_end(const struct parser *p, const char *const *ends)
{
	for (; ends && *ends; ends++)
		if (parse_is_name(p, *ends))
			return true;
	return false;
}

static struct node *parse_output(struct parser *p)
{
	struct node *node = parse_node(p, NODE_OUTPUT);
	p->at++;
	node->a = parse_tuple(p, true);
	if (p->at->type == TOKEN_VARIABLE_END)
		p->at++;
	else
		parse_fail(p, "expected the end of the expression");
	return node;
}

static struct node *parse_data(struct parser *p)
{
	struct node *node = parse_node(p, NODE_DATA);
	node->text = p->at++->text;
	return node;
}

struct node *parse_statements(struct parser *p, const char *const *ends)
{
	struct node *body = parse_node(p, NODE_BODY);
	struct node_list list = {0};
	if (p->depth >= PARSER_MAX_DEPTH)
		return parse_fail(p, "nested too deep");
	p->depth++;
	while (p->at->type != TOKEN_END) {
		struct node *one;
		if (p->at->type == TOKEN_DATA)
			one = parse_data(p);
		else if (p->at->type == TOKEN_VARIABLE_BEGIN)
			one = parse_output(p);
		else if (p->at++, at_end(p, ends))
			break;
		else
			one = parse_statement(p);
		parse_push(p, &list, one);
	}
	p->depth--;
	if (ends && p->at->type == TOKEN_END)
		parse_fail(p, "the source ends where `%s` is expected",
			   ends[0]);
	parse_take_list(body, &list);
	return body;
}
