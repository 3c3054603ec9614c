/* Expressions. */
#include <string.h>

#include "common/template/eval.h"
#include "common/template/filter.h"
#include "common/template/test.h"

#define MAX_DEPTH 800 /* of operators within operators, macros included */

static struct value list(struct eval *e, const struct node *node)
{
	struct value *v = eval_array(e, node->n);
	for (uint32_t i = 0; v && i < node->n && !eval_failed(e); i++)
		v[i] = eval_node(e, node->list[i]);
	return value_items(node->kind == NODE_LIST ? VALUE_LIST : VALUE_TUPLE,
			   v, v ? node->n : 0);
}

static struct value dict(struct eval *e, const struct node *node)
{
	struct value d = eval_dict(e);
	for (uint32_t i = 0; i + 1 < node->n && !eval_failed(e); i += 2) {
		struct value key = eval_node(e, node->list[i]);
		struct value value = eval_node(e, node->list[i + 1]);
		if (!value_hashable(key))
			return eval_error(e, "unhashable type: '%s'",
					  value_type_name(key));
		eval_set(e, d.dict, key, value);
	}
	return d;
}

/* Of texts alone, without a detour. */
static struct value join_texts(struct eval *e, const struct value *v, size_t n)
{
	size_t bytes = 0;
	for (size_t i = 0; i < n; i++)
		bytes += v[i].n;
	char *p = eval_alloc(e, bytes), *at = p;
	for (size_t i = 0; p && i < n; at += v[i].n, i++)
		memcpy(at, v[i].s, v[i].n);
	return p ? value_string((struct slice){p, bytes}) : VALUE_NIL;
}

static struct value concat(struct eval *e, const struct node *node)
{
	struct value *v = eval_array(e, node->n);
	uint32_t texts = 0;
	for (uint32_t i = 0; v && i < node->n && !eval_failed(e); i++) {
		v[i] = eval_node(e, node->list[i]);
		texts += v[i].type == VALUE_STRING;
	}
	if (v && texts == node->n && !eval_failed(e))
		return join_texts(e, v, node->n);
	for (uint32_t i = 0; v && i < node->n && !eval_failed(e); i++)
		str_put(e, &e->scratch, v[i]);
	return eval_take(e);
}

/* A text and what it is compared with. */
static bool ask_compared(struct eval *e, enum node_op op, struct value a,
			 struct value b, bool yes)
{
	bool in = op == OP_IN || op == OP_NOT_IN;
	bool equal = op == OP_EQ || op == OP_NE;
	struct value text = a.told ? a : b, with = a.told ? b : a;
	if (in && !a.told && b.type == VALUE_DICT)
		return true;
	if (with.told || !told_is_text(text))
		return false;
	if (equal && with.type <= VALUE_INT)
		return true;
	if (with.type != VALUE_STRING || (!equal && (!in || a.told)))
		return false;
	outline_ask(e, text.told, equal ? OUTLINE_EQUALS : OUTLINE_HAS,
		    value_slice(with), yes == (op == OP_EQ || op == OP_IN));
	return true;
}

static bool compare_whole(struct eval *e, enum node_op op, struct value a,
			  struct value b)
{
	struct value bare_a = a, bare_b = b;
	bare_a.told = bare_b.told = 0;
	bool yes = eval_compare(e, op, bare_a, bare_b);
	if (UNLIKELY(a.told | b.told) && !ask_compared(e, op, a, b, yes))
		outline_touch(e);
	return yes;
}

static struct value compare(struct eval *e, const struct node *node)
{
	struct value a;
	if (eval_noting(e) && passes_note_compare(e, node, &a))
		return a;
	a = eval_whole(e, node->a);
	for (uint32_t i = 0; i < node->n && !eval_failed(e); i++) {
		const struct node *next = node->list[i];
		struct value b = eval_whole(e, next->a);
		if (!compare_whole(e, (enum node_op)next->op, a, b))
			return value_bool(false);
		a = b;
	}
	return value_bool(true);
}

static struct value cond(struct eval *e, const struct node *node)
{
	if (eval_truth(e, node->a))
		return eval_whole(e, node->b);
	if (node->c)
		return eval_whole(e, node->c);
	struct undefined *u = eval_alloc(e, sizeof(*u));
	if (!u)
		return VALUE_NIL;
	*u = (struct undefined){
		.reason = "the inline if-expression evaluated to false and no "
			  "else section was defined."};
	return (struct value){.type = VALUE_UNDEFINED, .why = u};
}

static bool star_args(struct eval *e, const struct node *node, struct args *out,
		      uint32_t room)
{
	const struct value *item;
	size_t n;
	struct value more = eval_node(e, node->star);
	if (eval_failed(e) || !eval_items(e, more, &item, &n))
		return false;
	struct value *v = eval_array(e, room + n);
	if (!v)
		return false;
	if (out->n > 0)
		memcpy(v, out->v, out->n * sizeof(*v));
	if (n > 0)
		memcpy(v + out->n, item, n * sizeof(*v));
	out->v = v;
	out->n += (uint32_t)n;
	return true;
}

static bool star_star_args(struct eval *e, const struct node *node,
			   struct args *out)
{
	struct value more = eval_node(e, node->star_star);
	if (!eval_failed(e) && more.type != VALUE_DICT)
		eval_error(e, "argument after ** must be a mapping, not %s",
			   value_type_name(more));
	if (eval_failed(e))
		return false;
	const struct dict *d = more.dict;
	struct argument *kw = eval_alloc(e, ((size_t)out->n_kw + d->n) *
						    sizeof(*kw));
	if (!kw)
		return false;
	if (out->n_kw > 0)
		memcpy(kw, out->kw, out->n_kw * sizeof(*kw));
	for (uint32_t i = 0; i < d->n && eval_step(e, 1); i++) {
		if (d->entry[i].key.type != VALUE_STRING) {
			eval_error(e, "keywords must be strings");
			return false;
		}
		kw[out->n_kw++] = (struct argument){
			value_slice(d->entry[i].key), d->entry[i].value};
	}
	out->kw = kw;
	return true;
}

static struct value argument(struct eval *e, const struct node *node,
			     bool whole)
{
	return whole ? eval_whole(e, node) : eval_node(e, node);
}

/* `whole`: what they are told stays with them. */
static bool arguments(struct eval *e, const struct node *node, bool whole,
		      struct args *out)
{
	*out = (struct args){.n = node->n, .n_kw = node->n_kw};
	struct value *v = node->n ? eval_array(e, node->n) : NULL;
	struct argument *kw = node->n_kw
				      ? eval_alloc(e, node->n_kw * sizeof(*kw))
				      : NULL;
	for (uint32_t i = 0; v && i < node->n && !eval_failed(e); i++)
		v[i] = argument(e, node->list[i], whole);
	for (uint32_t i = 0; kw && i < node->n_kw && !eval_failed(e); i++)
		kw[i] = (struct argument){
			node->kw[i].name,
			argument(e, node->kw[i].value, whole)};
	out->v = v;
	out->kw = kw;
	if (eval_failed(e))
		return false;
	if (node->star && !star_args(e, node, out, node->n))
		return false;
	return !node->star_star || star_star_args(e, node, out);
}

bool eval_args(struct eval *e, const struct node *node, struct args *out)
{
	return arguments(e, node, false, out);
}

static bool is_method(const struct method *m, const char *name)
{
	return slice_equal(m->name, slice_of(name));
}

/* A method of what is told something. */
static struct value method_whole(struct eval *e, struct value callee,
				 const struct args *args)
{
	const struct method *m = callee.method;
	struct method bare = *m;
	bool starts = is_method(m, "startswith"), one, text;
	bare.of.told = 0;
	struct value v = method_call(e, &bare, args);
	one = args->n == 1 && args->n_kw == 0;
	text = m->of.type == VALUE_STRING;
	if (text && one && (starts || is_method(m, "endswith")) &&
	    args->v[0].type == VALUE_STRING)
		outline_ask(e, callee.told,
			    starts ? OUTLINE_STARTS : OUTLINE_ENDS,
			    value_slice(args->v[0]), value_true(v));
	else if (text && is_method(m, "strip") && args->n + args->n_kw == 0)
		v.told = told_stripped(callee.told);
	else if (text || !is_method(m, "get"))
		outline_touch(e);
	return v;
}

/* A macro's parameters are variables like others; not what it gets more. */
static bool has_parameters_only(const struct macro *m)
{
	return !m->node->uses_varargs && !m->node->uses_kwargs &&
	       !m->node->uses_caller;
}

static struct value call(struct eval *e, const struct node *node)
{
	struct args args;
	struct value callee = eval_whole(e, node->a);
	bool macro = callee.type == VALUE_MACRO && e->outlining;
	if (eval_failed(e) || !arguments(e, node, macro, &args))
		return VALUE_NIL;
	if (UNLIKELY(callee.told && callee.type == VALUE_METHOD))
		return method_whole(e, callee, &args);
	if (macro && !has_parameters_only(callee.macro))
		for (uint32_t i = 0; i < args.n + args.n_kw; i++)
			eval_seen(e, i < args.n ? args.v[i]
						: args.kw[i - args.n].value);
	return eval_call(e, eval_seen(e, callee), &args);
}

static struct value filter_whole(struct eval *e, const struct filter *f,
				 struct value in, const struct args *args)
{
	bool bare = args->n + args->n_kw == 0;
	bool text = told_is_text(in), list = in.type == VALUE_LIST;
	struct value v, seen = in;
	seen.told = 0;
	v = filter_run(e, f, seen, args);
	if (bare && text && f->run == filter_trim)
		v.told = told_stripped(in.told);
	else if (bare && text && f->run == filter_string)
		v.told = in.told;
	else if (!bare || !list ||
		 (f->run != filter_length && f->run != filter_first &&
		  f->run != filter_last))
		outline_touch(e);
	return v;
}

static struct value filter(struct eval *e, const struct node *node)
{
	struct args args;
	if (!node->filter)
		return eval_error(e, "No filter named '%.*s'.",
				  SLICE_ARG(node->text));
	struct value in = eval_whole(e, node->a);
	if (eval_failed(e) || !eval_args(e, node, &args))
		return VALUE_NIL;
	if (UNLIKELY(in.told))
		return filter_whole(e, node->filter, in, &args);
	return filter_run(e, node->filter, in, &args);
}

static struct value test(struct eval *e, const struct node *node)
{
	struct args args;
	if (!node->test)
		return eval_error(e, "No test named '%.*s'.",
				  SLICE_ARG(node->text));
	struct value in = eval_whole(e, node->a);
	if (!test_is_of_type(node->test))
		in = eval_seen(e, in);
	if (eval_failed(e) || !eval_args(e, node, &args))
		return VALUE_NIL;
	return value_bool(test_run(e, node->test, in, &args));
}

static struct value slice_part(struct eval *e, const struct node *node)
{
	return node ? eval_node(e, node) : value_none();
}

static struct value slice(struct eval *e, const struct node *node)
{
	struct value of = eval_whole(e, node->a);
	if (of.type != VALUE_LIST)
		of = eval_seen(e, of);
	struct value start = slice_part(e, node->b);
	struct value stop = slice_part(e, node->c);
	struct value step = slice_part(e, node->d);
	if (eval_failed(e))
		return VALUE_NIL;
	struct value v = eval_slice(e, of, start, stop, step);
	v.told = of.told;
	return v;
}

/* An element of a list, by its place, is less than the list. */
static struct value noted_item(struct eval *e, const struct node *node)
{
	struct value of = eval_lookup_quietly(e, node->a);
	struct value key = eval_node(e, node->b);
	if (eval_failed(e))
		return VALUE_NIL;
	passes_note_item(e, node->a, of, key);
	return eval_item(e, of, key);
}

static struct value item(struct eval *e, const struct node *node)
{
	if (eval_noting(e) && node->a->kind == NODE_NAME)
		return noted_item(e, node);
	struct value of = eval_whole(e, node->a);
	if (told_is_text(of))
		of = eval_seen(e, of);
	struct value key = eval_node(e, node->b);
	return eval_failed(e) ? VALUE_NIL : eval_item(e, of, key);
}

static struct value binary(struct eval *e, const struct node *node)
{
	struct value a = eval_node(e, node->a);
	struct value b = eval_node(e, node->b);
	return eval_failed(e) ? VALUE_NIL
			      : eval_binary(e, (enum node_op)node->op, a, b);
}

static struct value logic(struct eval *e, const struct node *node)
{
	struct value a = eval_whole(e, node->a);
	bool truth = value_true(a);
	if (UNLIKELY(told_is_text(a)))
		outline_ask(e, a.told, OUTLINE_ANY, SLICE(""), truth);
	if (eval_failed(e) || truth == (node->kind == NODE_OR))
		return a;
	return eval_whole(e, node->b);
}

static struct value one_operand(struct eval *e, const struct node *node)
{
	struct value v;
	if (node->kind == NODE_NOT) {
		bool truth = eval_truth(e, node->a);
		return eval_failed(e) ? VALUE_NIL : value_bool(!truth);
	}
	v = node->kind == NODE_ATTR ? eval_whole(e, node->a)
				    : eval_node(e, node->a);
	if (eval_failed(e))
		return VALUE_NIL;
	if (node->kind == NODE_ATTR)
		return eval_attr(e, v, node->text);
	return eval_negate(e, v, node->kind == NODE_NEGATE);
}

static struct value any(struct eval *e, const struct node *node)
{
	switch ((enum node_kind)node->kind) {
	case NODE_CONST: return node->value;
	case NODE_NAME: return eval_lookup(e, node);
	case NODE_HELD: return e->held;
	case NODE_LIST:
	case NODE_TUPLE: return list(e, node);
	case NODE_DICT: return dict(e, node);
	case NODE_ITEM: return item(e, node);
	case NODE_SLICE: return slice(e, node);
	case NODE_CALL: return call(e, node);
	case NODE_FILTER: return filter(e, node);
	case NODE_TEST: return test(e, node);
	case NODE_AND:
	case NODE_OR: return logic(e, node);
	case NODE_BINARY: return binary(e, node);
	case NODE_CONCAT: return concat(e, node);
	case NODE_COMPARE: return compare(e, node);
	case NODE_COND: return cond(e, node);
	default: return one_operand(e, node);
	}
}

struct value eval_whole(struct eval *e, const struct node *node)
{
	if (!eval_step(e, 1))
		return VALUE_NIL;
	if (e->depth >= MAX_DEPTH)
		return eval_fail(e, ERR_LIMIT, "template:%u: nested too deep",
				 node->line);
	e->depth++;
	struct value v = any(e, node);
	e->depth--;
	return v;
}
