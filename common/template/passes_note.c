#include "common/template/passes_note.h"

#include <string.h>

#include "common/template/eval.h"

void passes_note_opaque(struct eval *e)
{
	e->passes->now->opaque = true;
}

/* How many messages there are, or which pass this is. */
static void note_place(struct eval *e)
{
	if (e->passes->deferring)
		e->passes->deferred = true;
	else
		passes_note_opaque(e);
}

void passes_note_name(struct eval *e, uint32_t name)
{
	struct passes *p = e->passes;
	p->now->names[name / 64] |= UINT64_C(1) << name % 64;
	/* Other variables of the request are the same, as agreed. */
	if (e->root[name].type == EVAL_UNSET &&
	    passes_are_messages(p, e->global[name]))
		note_place(e);
}

void passes_note_local(struct eval *e, uint32_t name)
{
	if (e->passes->places[name / 64] & UINT64_C(1) << name % 64)
		passes_note_opaque(e);
}

static bool is_length(const struct node *node)
{
	return node->kind == NODE_FILTER && node->n + node->n_kw == 0 &&
	       !node->star && !node->star_star && node->a->kind == NODE_NAME &&
	       (slice_equal(node->text, SLICE("length")) ||
		slice_equal(node->text, SLICE("count")));
}

static bool is_loop_number(const struct node *node)
{
	return node->kind == NODE_ATTR && node->a->kind == NODE_NAME &&
	       slice_equal(node->a->text, SLICE("loop")) &&
	       (slice_equal(node->text, SLICE("index0")) ||
		slice_equal(node->text, SLICE("index")) ||
		slice_equal(node->text, SLICE("length")));
}

/* Whether it is a sum of ints, lengths and the loop's counters: of what is
 * no place, only ints come out, and nothing of it can fail. */
static bool is_place(const struct node *node)
{
	if (node->kind == NODE_BINARY)
		return (node->op == OP_ADD || node->op == OP_SUB) &&
		       is_place(node->a) && is_place(node->b);
	if (node->kind == NODE_CONST)
		return node->value.type == VALUE_INT &&
		       node->value.i >= -PASSES_PLACE &&
		       node->value.i <= PASSES_PLACE;
	return is_length(node) || is_loop_number(node);
}

struct value passes_note_assignment(struct eval *e, const struct node *target,
				    const struct node *node)
{
	struct passes *p = e->passes;
	if (target->kind != NODE_NAME || p->deferring || !is_place(node))
		return eval_node(e, node);
	p->deferring = true;
	p->deferred = false;
	struct value v = eval_node(e, node);
	p->deferring = false;
	if (p->deferred)
		p->places[target->name / 64] |= UINT64_C(1)
						<< target->name % 64;
	return v;
}

uint8_t passes_slot(struct passes *p, const struct dict *ns, struct slice attr)
{
	size_t i = 0;
	while (i < p->n_ns && p->ns[i] != ns)
		i++;
	if (i == p->n_ns)
		return PASSES_NO_SLOT;
	for (size_t k = 0; k < p->n_slots; k++)
		if (p->slot[k].name == p->ns_name[i] &&
		    slice_equal(slice_of(p->slot[k].attr), attr))
			return (uint8_t)k;
	if (p->n_slots == PASSES_SLOTS || attr.n >= sizeof(p->slot[0].attr) ||
	    memchr(attr.p, '\0', attr.n))
		return PASSES_SLOTS;
	struct slot *s = &p->slot[p->n_slots];
	*s = (struct slot){.name = p->ns_name[i]};
	memcpy(s->attr, attr.p, attr.n);
	/* Its value at the start of loops so far is not known. */
	for (size_t k = 0; k < PASSES_LOOPS; k++)
		p->loop[k].slot[p->n_slots] = (struct mark){0};
	return (uint8_t)p->n_slots++;
}

/* A namespace that is no variable of the root's lives in this pass. */
void passes_note_attr(struct eval *e, const struct dict *ns, struct slice attr)
{
	uint8_t slot = passes_slot(e->passes, ns, attr);
	if (slot == PASSES_SLOTS)
		passes_note_opaque(e);
	else if (slot != PASSES_NO_SLOT)
		e->passes->now->slots |= 1u << slot;
}

void passes_note_item(struct eval *e, const struct node *list, struct value of,
		      struct value key)
{
	struct passes *p = e->passes;
	int64_t at;
	if (passes_are_messages(p, of) && value_integer(key, &at) && at >= 0 &&
	    at < (int64_t)of.n) {
		uint32_t behind = (uint32_t)(of.item - p->message + at + 1);
		if (behind > p->now->furthest)
			p->now->furthest = behind;
		return;
	}
	for (struct scope *s = e->scope; s; s = s->parent)
		for (uint32_t i = 0; i < s->n; i++)
			if (s->binding[i].name == list->name) {
				passes_note_local(e, list->name);
				return;
			}
	passes_note_name(e, list->name);
}

/* Of a message, forwards, these are always the same. */
static bool is_fixed(struct slice attr)
{
	return slice_equal(attr, SLICE("first")) ||
	       slice_equal(attr, SLICE("index0")) ||
	       slice_equal(attr, SLICE("index")) ||
	       slice_equal(attr, SLICE("previtem")) ||
	       slice_equal(attr, SLICE("cycle"));
}

void passes_note_loop(struct eval *e, const struct loop_state *loop,
		      struct slice attr)
{
	struct passes *p = e->passes;
	if (loop != p->watched || slice_equal(attr, SLICE("depth")) ||
	    (!p->backwards && is_fixed(attr)))
		return;
	size_t at = (size_t)(loop->item - p->message) + loop->at;
	bool ahead = !p->backwards && loop->at + 1 < loop->n;
	if (slice_equal(attr, SLICE("last")) && ahead)
		p->now->asked_last = true;
	else if (slice_equal(attr, SLICE("nextitem")) && ahead)
		p->now->furthest = (uint32_t)(at + 2 > p->now->furthest
						      ? at + 2
						      : p->now->furthest);
	else
		note_place(e);
}

static bool store_set(struct pass_set *s, uint8_t slot, struct value v)
{
	*s = (struct pass_set){.slot = slot, .value = v};
	if (v.type <= VALUE_INT || v.type == VALUE_FLOAT)
		return v.type != VALUE_UNDEFINED;
	if (v.type != VALUE_STRING || v.n > sizeof(s->text))
		return false;
	memcpy(s->text, v.s, v.n);
	return true;
}

void passes_note_set(struct eval *e, const struct dict *ns, struct slice attr,
		     struct value v)
{
	struct passes *p = e->passes;
	struct pass *now = p->now;
	uint8_t slot = passes_slot(p, ns, attr);
	size_t i = 0;
	if (slot == PASSES_NO_SLOT)
		return;
	while (i < now->n_sets && now->set[i].slot != slot)
		i++;
	if (slot == PASSES_SLOTS || i == PASSES_SETS ||
	    !store_set(&now->set[i], slot, v)) {
		/* What follows cannot be told from what was. */
		e->passes->broken = true;
		return;
	}
	if (i == now->n_sets)
		now->n_sets++;
}

/* The attribute's slot if the node is a namespace's attribute; else
 * PASSES_NO_SLOT or PASSES_SLOTS. */
static uint8_t slot_at(struct eval *e, const struct node *node,
		       struct value *out)
{
	struct value *v;
	if (node->kind != NODE_ATTR || node->a->kind != NODE_NAME ||
	    e->root[node->a->name].type != VALUE_NAMESPACE)
		return PASSES_NO_SLOT;
	/* A local name may hide the root's. */
	struct value of = eval_lookup_quietly(e, node->a);
	if (of.type != VALUE_NAMESPACE ||
	    of.dict != e->root[node->a->name].dict)
		return PASSES_NO_SLOT;
	v = dict_find_text(of.dict, node->text);
	if (!v || v->type != VALUE_INT)
		return PASSES_NO_SLOT;
	*out = *v;
	return passes_slot(e->passes, of.dict, node->text);
}

/* The ints around `a` with which the comparison comes out as with it. */
static struct pass_guard guard_of(enum node_op op, int64_t a, int64_t b)
{
	struct pass_guard all = {.low = INT64_MIN, .high = INT64_MAX};
	struct pass_guard same = {.low = b, .high = b};
	struct pass_guard below = all, above = all;
	/* Nothing is below the least int or above the greatest; `a` is not
	 * there, then. */
	below.high = b == INT64_MIN ? b : b - 1;
	above.low = b == INT64_MAX ? b : b + 1;
	if (op == OP_EQ || op == OP_NE)
		return a == b ? same : a < b ? below : above;
	if (op == OP_LT || op == OP_GE) {
		above.low = b;
		return a < b ? below : above;
	}
	below.high = b;
	return a <= b ? below : above;
}

/* As seen from the other side. */
static enum node_op turned(enum node_op op)
{
	switch (op) {
	case OP_LT: return OP_GT;
	case OP_LE: return OP_GE;
	case OP_GT: return OP_LT;
	case OP_GE: return OP_LE;
	default: return op;
	}
}

bool passes_add_guard(struct pass *to, struct pass_guard g)
{
	size_t i = 0;
	while (i < to->n_guards && to->guard[i].slot != g.slot)
		i++;
	if (i == PASSES_GUARDS)
		return false;
	if (i == to->n_guards) {
		to->guard[to->n_guards++] = g;
		return true;
	}
	struct pass_guard *old = &to->guard[i];
	old->low = g.low > old->low ? g.low : old->low;
	old->high = g.high < old->high ? g.high : old->high;
	return old->low <= old->high;
}

/* What this pass has set itself follows from what else it looked at. */
static bool has_set(const struct pass *pass, uint8_t slot)
{
	for (size_t i = 0; i < pass->n_sets; i++)
		if (pass->set[i].slot == slot)
			return true;
	return false;
}

static void note_guard(struct eval *e, uint8_t slot, enum node_op op, int64_t a,
		       int64_t b)
{
	struct pass *now = e->passes->now;
	struct pass_guard g = guard_of(op, a, b);
	g.slot = slot;
	if (!has_set(now, slot) && !passes_add_guard(now, g))
		now->slots |= 1u << slot;
}

bool passes_note_compare(struct eval *e, const struct node *node,
			 struct value *out)
{
	struct pass *now = e->passes->now;
	const struct node *right = node->list[0];
	enum node_op op = (enum node_op)right->op;
	struct value a = {0}, b = {0};
	if (node->n != 1 || op < OP_EQ || op > OP_GE)
		return false;
	uint8_t left_slot = slot_at(e, node->a, &a);
	uint8_t slot = left_slot < PASSES_SLOTS ? left_slot
						: slot_at(e, right->a, &b);
	if (slot >= PASSES_SLOTS)
		return false;
	bool on_the_left = slot == left_slot;
	if (on_the_left)
		b = eval_node(e, right->a);
	else
		a = eval_node(e, node->a);
	struct value other = on_the_left ? b : a;
	if (eval_failed(e))
		return true;
	if (other.type != VALUE_INT) {
		now->slots |= 1u << slot;
		*out = value_bool(eval_compare(e, op, a, b));
		return true;
	}
	*out = value_bool(eval_compare(e, op, a, b));
	if (on_the_left)
		note_guard(e, slot, op, a.i, b.i);
	else
		note_guard(e, slot, turned(op), b.i, a.i);
	return true;
}
