/* Statements. A body of `if` shares its surroundings' names; each pass of
 * a `for`, a macro and a captured block have names of their own. */
#include <string.h>

#include "common/template/eval.h"

void eval_scope_enter(struct eval *e, struct scope *s, struct scope *parent)
{
	*s = (struct scope){.parent = parent};
	e->scope = s;
}

static struct value *binding_find(struct scope *s, uint32_t name)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (s->binding[i].name == name)
			return &s->binding[i].value;
	return NULL;
}

#define NAMES_FREE 32 /* looked at with the step of the node */

static struct value *find_local(struct eval *e, uint32_t name)
{
	struct value *v = NULL;
	size_t seen = 0;
	for (struct scope *s = e->scope; s && !v; s = s->parent) {
		seen += s->n + 1;
		v = binding_find(s, name);
	}
	if (seen > NAMES_FREE)
		eval_step(e, seen / EVAL_WALK_BYTES);
	return v;
}

struct value eval_lookup(struct eval *e, const struct node *node)
{
	if (eval_noting(e)) {
		if (find_local(e, node->name))
			passes_note_local(e, node->name);
		else
			passes_note_name(e, node->name);
	}
	return eval_lookup_quietly(e, node);
}

struct value eval_lookup_quietly(struct eval *e, const struct node *node)
{
	struct value *local = find_local(e, node->name);
	if (local)
		return *local;
	if (e->root[node->name].type != EVAL_UNSET)
		return e->root[node->name];
	if (e->global[node->name].type != EVAL_UNSET)
		return e->global[node->name];
	return node->value;
}

void eval_bind(struct eval *e, uint32_t name, struct value value)
{
	struct scope *s = e->scope;
	if (!s) {
		e->root[name] = value;
		return;
	}
	struct value *old = binding_find(s, name);
	if (old) {
		*old = value;
		return;
	}
	if (s->n == s->room) {
		uint32_t room = s->room ? 2 * s->room : 4;
		struct binding *b = eval_alloc(e, room * sizeof(*b));
		if (!b)
			return;
		if (s->n > 0)
			memcpy(b, s->binding, s->n * sizeof(*b));
		s->binding = b;
		s->room = room;
	}
	s->binding[s->n++] = (struct binding){name, value};
}

static bool unpack(struct eval *e, const struct node *target, struct value v)
{
	const struct value *item;
	size_t n;
	if (v.type == VALUE_UNDEFINED || v.type == VALUE_NONE ||
	    value_number(v, &(double){0})) {
		eval_error(e, "cannot unpack non-iterable %s object",
			   value_type_name(v));
		return false;
	}
	if (!eval_items(e, v, &item, &n))
		return false;
	if (n > target->n)
		eval_error(e, "too many values to unpack (expected %u)",
			   target->n);
	if (n < target->n)
		eval_error(e,
			   "not enough values to unpack (expected %u, got %zu)",
			   target->n, n);
	for (size_t i = 0; i < target->n && !eval_failed(e); i++)
		eval_assign(e, target->list[i], item[i]);
	return !eval_failed(e);
}

bool eval_assign(struct eval *e, const struct node *target, struct value v)
{
	if (target->kind == NODE_NAME) {
		eval_bind(e, target->name, v);
		return !eval_failed(e);
	}
	v = eval_seen(e, v);
	if (target->kind == NODE_TUPLE)
		return unpack(e, target, v);
	/* `ns.x`: whether it is a namespace was asked before. */
	struct value of = eval_lookup(e, target);
	if (of.type == VALUE_NAMESPACE &&
	    eval_set(e, of.dict, value_string(target->text), v)) {
		if (eval_noting(e))
			passes_note_set(e, of.dict, target->text, v);
	}
	return !eval_failed(e);
}

#define CAPTURE_STEPS 2
#define LOOP_STEPS    2 /* of beginning one */

struct value eval_capture(struct eval *e, struct node *const *list, uint32_t n)
{
	struct scope inner, *outer = e->scope;
	size_t mark = buf_len(e->out);
	size_t holes = e->outlining ? e->outlining->n_holes : 0;
	eval_step(e, CAPTURE_STEPS);
	/* The scope may outlive this call: a macro in it remembers it. */
	struct scope *s = eval_alloc(e, sizeof(*s));
	eval_scope_enter(e, s ? s : &inner, outer);
	eval_body(e, list, n);
	e->scope = outer;
	struct value text = eval_copy(e, slice_from(buf_slice(e->out), mark));
	if (e->outlining)
		text.told = outline_capture(e, mark, holes);
	e->out->end = e->out->start + mark;
	return text;
}

static struct value filtered(struct eval *e, const struct node *filters,
			     struct value text)
{
	struct value outer = e->held;
	if (!filters)
		return text;
	e->held = text;
	text = eval_whole(e, filters);
	e->held = outer;
	return text;
}

static void set(struct eval *e, const struct node *node)
{
	const struct node *target = node->a;
	if (target->kind == NODE_NAMESPACE_ATTR) {
		struct value of = eval_lookup(e, target);
		if (of.type != VALUE_NAMESPACE) {
			eval_error(e, "cannot assign attribute on "
				      "non-namespace object");
			return;
		}
	}
	struct value v;
	if (node->kind == NODE_SET_BLOCK)
		v = filtered(e, node->b, eval_capture(e, node->list, node->n));
	else if (eval_noting(e))
		v = passes_note_assignment(e, target, node->b);
	else
		v = eval_whole(e, node->b);
	if (!eval_failed(e))
		eval_assign(e, target, v);
}

/* The items for which `for ... if` holds. */
static bool select_items(struct eval *e, const struct node *node,
			 const struct value **item, size_t *n)
{
	struct scope *outer = e->scope;
	struct value *kept = eval_array(e, *n);
	size_t n_kept = 0;
	for (size_t i = 0; kept && i < *n && eval_step(e, 1); i++) {
		struct scope s;
		eval_scope_enter(e, &s, outer);
		if (eval_assign(e, node->a, (*item)[i]) &&
		    eval_truth(e, node->c))
			kept[n_kept++] = (*item)[i];
		e->scope = outer;
	}
	*item = kept;
	*n = n_kept;
	return !eval_failed(e);
}

/* `loop` is the only name known by itself; found by its text. */
static void bind_loop(struct eval *e, const struct node *node,
		      struct loop_state *loop)
{
	struct value v = {.type = VALUE_LOOP, .loop = loop};
	if (node->uses_loop)
		eval_bind(e, template_loop_name(e->t), v);
}

static struct scope *pass_scope(struct eval *e, struct loop_state *loop)
{
	struct scope *s = loop->scope;
	if (s && loop->n_macros == e->n_macros) {
		s->n = 0;
		return s;
	}
	s = eval_alloc(e, sizeof(*s));
	if (s)
		*s = (struct scope){.parent = e->scope};
	loop->scope = s;
	loop->n_macros = e->n_macros;
	return s;
}

enum eval_flow eval_pass(struct eval *e, const struct node *node,
			 struct loop_state *loop)
{
	struct scope *outer = e->scope, *s = pass_scope(e, loop);
	enum eval_flow flow = FLOW_NEXT;
	if (!s || !eval_step(e, 1))
		return FLOW_BREAK;
	e->scope = s;
	bind_loop(e, node, loop);
	if (eval_assign(e, node->a, loop->item[loop->at]))
		flow = eval_body(e, node->list, node->n);
	e->scope = outer;
	return flow;
}

void eval_passes(struct eval *e, const struct node *node,
		 struct loop_state *loop)
{
	for (loop->at = 0; loop->at < loop->n && !eval_failed(e); loop->at++)
		if (eval_pass(e, node, loop) == FLOW_BREAK)
			break;
}

static enum eval_flow for_(struct eval *e, const struct node *node)
{
	const struct value *item;
	size_t n;
	struct value over = eval_whole(e, node->b);
	if (over.type != VALUE_LIST)
		over = eval_seen(e, over);
	if (eval_failed(e) || !eval_items(e, over, &item, &n))
		return FLOW_NEXT;
	if (node->c && !select_items(e, node, &item, &n))
		return FLOW_NEXT;
	/* In the arena: a `loop` may be kept beyond its time. */
	struct loop_state *loop = eval_alloc(e, sizeof(*loop));
	if (!loop || !eval_step(e, LOOP_STEPS))
		return FLOW_NEXT;
	*loop = (struct loop_state){.item = item, .n = n};
	if (passes_concern(e, node, item, n))
		passes_run(e, node, loop);
	else
		eval_passes(e, node, loop);
	if (loop->at == loop->n && loop->n > 0)
		loop->at--;
	if (n == 0 && node->d) {
		struct scope s, *outer = e->scope;
		struct scope *kept = eval_alloc(e, sizeof(*kept));
		eval_scope_enter(e, kept ? kept : &s, outer);
		eval_body(e, node->d->list, node->d->n);
		e->scope = outer;
	}
	return FLOW_NEXT;
}

static enum eval_flow if_(struct eval *e, const struct node *node)
{
	for (; node && node->kind == NODE_IF; node = node->d)
		if (eval_truth(e, node->a))
			return eval_failed(e)
				       ? FLOW_NEXT
				       : eval_body(e, node->list, node->n);
	return node && !eval_failed(e) ? eval_body(e, node->list, node->n)
				       : FLOW_NEXT;
}

static struct value make_macro(struct eval *e, const struct node *node)
{
	struct macro *m = eval_alloc(e, sizeof(*m));
	if (!m)
		return VALUE_NIL;
	e->n_macros++;
	*m = (struct macro){.node = node, .scope = e->scope, .held = e->held};
	return (struct value){.type = VALUE_MACRO, .macro = m};
}

static void output(struct eval *e, struct value v)
{
	if (UNLIKELY(v.told))
		outline_put(e, v);
	if (!eval_failed(e))
		str_put(e, e->out, v);
}

#define MAX_SUMMANDS 16

static bool is_sum(const struct node *node)
{
	return node->kind == NODE_BINARY && node->op == OP_ADD;
}

/* The summands of a + b + c in order; 0 if there are too many. */
static size_t summands(const struct node *node, const struct node **out)
{
	size_t n = 1;
	for (const struct node *at = node; is_sum(at); at = at->a)
		n++;
	if (n > MAX_SUMMANDS)
		return 0;
	for (size_t i = n; i-- > 1; node = node->a)
		out[i] = node->b;
	out[0] = node;
	return n;
}

static bool is_plain(struct value v)
{
	return v.type == VALUE_STRING && !v.markup;
}

/* Most prompts are sums of texts: they are put out one after another, since
 * adding them first would copy each message several times. Until something
 * else turns up, adding cannot fail. */
static void output_sum(struct eval *e, const struct node *node)
{
	const struct node *part[MAX_SUMMANDS];
	struct value v[MAX_SUMMANDS], sum;
	size_t n = summands(node, part), texts = 0;
	if (n == 0) {
		output(e, eval_whole(e, node));
		return;
	}
	while (texts < n && is_plain(v[texts] = eval_whole(e, part[texts])))
		texts++;
	if (texts == n) {
		for (size_t i = 0; i < n && !eval_failed(e); i++) {
			if (UNLIKELY(v[i].told))
				outline_put(e, v[i]);
			eval_put(e, e->out, value_slice(v[i]));
		}
		return;
	}
	for (size_t i = 0; i <= texts; i++)
		v[i] = eval_seen(e, v[i]);
	sum = v[0];
	for (size_t i = 1; i < n && !eval_failed(e); i++)
		sum = eval_binary(e, OP_ADD, sum,
				  i <= texts ? v[i] : eval_node(e, part[i]));
	output(e, sum);
}

static void call_block(struct eval *e, const struct node *node)
{
	struct args args;
	struct value callee = eval_node(e, node->a->a);
	if (eval_failed(e) || !eval_args(e, node->a, &args))
		return;
	struct argument *kw = eval_alloc(e, (args.n_kw + 1) * sizeof(*kw));
	if (!kw || !eval_step(e, LOOP_STEPS))
		return;
	if (args.n_kw > 0)
		memcpy(kw, args.kw, args.n_kw * sizeof(*kw));
	kw[args.n_kw] = (struct argument){SLICE("caller"),
					  make_macro(e, node->d)};
	args.kw = kw;
	args.n_kw++;
	output(e, eval_call(e, callee, &args));
}

static enum eval_flow statement(struct eval *e, const struct node *node)
{
	switch ((enum node_kind)node->kind) {
	case NODE_DATA: eval_put(e, e->out, node->text); return FLOW_NEXT;
	case NODE_OUTPUT:
		if (is_sum(node->a))
			output_sum(e, node->a);
		else
			output(e, eval_whole(e, node->a));
		return FLOW_NEXT;
	case NODE_FOR: return for_(e, node);
	case NODE_IF: return if_(e, node);
	case NODE_SET:
	case NODE_SET_BLOCK: set(e, node); return FLOW_NEXT;
	case NODE_MACRO:
		eval_bind(e, node->name, make_macro(e, node));
		return FLOW_NEXT;
	case NODE_CALL_BLOCK: call_block(e, node); return FLOW_NEXT;
	case NODE_FILTER_BLOCK:
		output(e, filtered(e, node->b,
				   eval_capture(e, node->list, node->n)));
		return FLOW_NEXT;
	case NODE_SCOPE:
		output(e, eval_capture(e, node->list, node->n));
		return FLOW_NEXT;
	case NODE_BREAK: return FLOW_BREAK;
	case NODE_CONTINUE: return FLOW_CONTINUE;
	default: return eval_body(e, node->list, node->n);
	}
}

enum eval_flow eval_body(struct eval *e, struct node *const *list, uint32_t n)
{
	enum eval_flow flow = FLOW_NEXT;
	for (uint32_t i = 0; i < n && flow == FLOW_NEXT; i++) {
		if (!eval_step(e, 1))
			break;
		flow = statement(e, list[i]);
	}
	return flow;
}
