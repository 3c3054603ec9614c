/* Variables and attributes of namespaces, then and now. */
#include "common/template/passes_note.h"
#include "common/template/passes_run.h"

/* Equal to each other: what is in them is looked at by itself. */
#define MARK_NAMESPACE ((struct mark){.kind = 3})

static struct mark mark_variable(const struct passes *p, struct value v)
{
	if (v.type == VALUE_NAMESPACE)
		return MARK_NAMESPACE;
	return v.type == EVAL_UNSET || !passes_are_messages(p, v)
		       ? mark_of(v, p->secret)
		       : (struct mark){0};
}

static void find_namespaces(struct eval *e)
{
	struct passes *p = e->passes;
	p->n_ns = 0;
	for (uint32_t i = 0; i < e->n_names; i++) {
		if (e->root[i].type != VALUE_NAMESPACE)
			continue;
		if (p->n_ns == PASSES_LOOPS) {
			p->broken = true;
			return;
		}
		p->ns[p->n_ns] = e->root[i].dict;
		p->ns_name[p->n_ns++] = i;
	}
}

static struct dict *ns_of(const struct passes *p, const struct slot *s)
{
	for (size_t i = 0; i < p->n_ns; i++)
		if (p->ns_name[i] == s->name)
			return p->ns[i];
	return NULL;
}

static struct mark mark_slot(const struct passes *p, size_t slot)
{
	struct dict *ns = ns_of(p, &p->slot[slot]);
	struct value *v = ns ? dict_find_text(ns, slice_of(p->slot[slot].attr))
			     : NULL;
	return mark_of(v ? *v : (struct value){.type = EVAL_UNSET}, p->secret);
}

/* All that namespaces have when the loop starts is known from then on. */
static void find_slots(struct passes *p)
{
	for (size_t i = 0; i < p->n_ns; i++)
		for (uint32_t k = 0; k < p->ns[i]->n; k++)
			if (p->ns[i]->entry[k].key.type == VALUE_STRING)
				passes_slot(
					p, p->ns[i],
					value_slice(p->ns[i]->entry[k].key));
}

void passes_compare_start(struct passes_run *r)
{
	struct passes *p = r->p;
	struct passes_loop *l = r->l;
	find_namespaces(r->e);
	find_slots(p);
	for (uint32_t i = 0; i < r->e->n_names; i++) {
		struct mark m = mark_variable(p, r->e->root[i]);
		if (!mark_equal(m, l->name[i]))
			r->names[i / 64] |= UINT64_C(1) << i % 64;
		l->name[i] = m;
	}
	for (size_t i = 0; i < p->n_slots; i++) {
		struct mark m = mark_slot(p, i);
		r->old_slot[i] = l->slot[i];
		if (!mark_equal(m, l->slot[i]))
			r->slots |= 1u << i;
		l->slot[i] = m;
	}
}

static bool guard_holds(const struct passes_run *r, const struct pass_guard *g)
{
	const struct slot *s = &r->p->slot[g->slot];
	struct dict *ns = ns_of(r->p, s);
	struct value *v = ns ? dict_find_text(ns, slice_of(s->attr)) : NULL;
	return v && v->type == VALUE_INT && v->i >= g->low && v->i <= g->high;
}

bool passes_sees_the_same(const struct passes_run *r, const struct pass *pass)
{
	if (pass->opaque || pass->names[0] & r->names[0] ||
	    pass->names[1] & r->names[1] || pass->slots & r->slots)
		return false;
	for (size_t i = 0; i < pass->n_guards; i++)
		if (r->slots & 1u << pass->guard[i].slot &&
		    !guard_holds(r, &pass->guard[i]))
			return false;
	return true;
}

/* Passes are moved: the texts of what they set stand in themselves. */
static struct value value_of(const struct pass_set *s)
{
	struct value v = s->value;
	if (v.type == VALUE_STRING)
		v.s = s->text;
	return v;
}

void passes_set_again(struct passes_run *r, const struct pass_set *s)
{
	const struct slot *slot = &r->p->slot[s->slot];
	struct dict *ns = ns_of(r->p, slot);
	struct value v = value_of(s);
	if (v.type == VALUE_STRING) {
		v = eval_copy(r->e, value_slice(v));
		v.markup = s->value.markup;
	}
	if (ns)
		eval_set(r->e, ns, eval_copy(r->e, slice_of(slot->attr)), v);
	r->old_slot[s->slot] = mark_of(v, r->p->secret);
	r->slots &= ~(1u << s->slot);
}

/* Marks the slots as the same or not. */
static void compare_slots(struct passes_run *r, uint32_t slots)
{
	for (size_t i = 0; i < r->p->n_slots; i++) {
		if (!(slots & 1u << i))
			continue;
		if (mark_equal(mark_slot(r->p, i), r->old_slot[i]))
			r->slots &= ~(1u << i);
		else
			r->slots |= 1u << i;
	}
}

static uint32_t old_sets(struct passes_run *r, const struct pass *old)
{
	uint32_t touched = 0;
	for (size_t i = 0; i < old->n_sets; i++) {
		r->old_slot[old->set[i].slot] = mark_of(value_of(&old->set[i]),
							r->p->secret);
		touched |= 1u << old->set[i].slot;
	}
	return touched;
}

void passes_compare_sets(struct passes_run *r, const struct pass *old,
			 const struct pass *now)
{
	uint32_t touched = old ? old_sets(r, old) : 0;
	for (size_t i = 0; i < now->n_sets; i++)
		touched |= 1u << now->set[i].slot;
	compare_slots(r, touched);
}

void passes_leave_out(struct passes_run *r, const struct pass *old)
{
	compare_slots(r, old_sets(r, old));
}
