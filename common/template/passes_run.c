#include <string.h>

#include "common/base/mem.h"
#include "common/template/eval.h"
#include "common/template/passes_note.h"

/* Equal to each other: what is in them is looked at by itself. */
#define MARK_NAMESPACE ((struct mark){.kind = 3})

/* A loop while it runs. */
struct run {
	struct eval *e;
	struct passes *p;
	struct passes_loop *l;
	size_t n_old; /* passes of the last rendering */
	size_t from;  /* of `old`: where the pass at hand began then */
	uint64_t names[PASSES_NAMES / 64]; /* that changed */
	uint32_t slots;                    /* that differ now */
	struct mark old_slot[PASSES_SLOTS];
};

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

/* What differs at the loop's start from what it was; and what it is now. */
static void compare_start(struct run *r)
{
	struct passes *p = r->p;
	struct passes_loop *l = r->l;
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

/* What has been put out since, if it is what it was. */
static void catch_up(struct run *r)
{
	struct passes *p = r->p;
	struct buf *out = r->e->out;
	struct slice fresh = slice_from(buf_slice(out), r->e->start);
	if (p->apart || fresh.n > p->old.n - p->same ||
	    (fresh.n > 0 && memcmp(fresh.p, p->old.p + p->same, fresh.n) != 0))
		return;
	p->same += fresh.n;
	out->end = out->start + r->e->start;
}

/* From here on all of the new text is in the output. */
static void part(struct run *r)
{
	struct passes *p = r->p;
	struct buf *out = r->e->out;
	size_t fresh = buf_len(out) - r->e->start;
	if (p->apart)
		return;
	p->apart = true;
	if (p->same == 0)
		return;
	buf_reserve(out, p->same);
	char *at = out->p + out->start + r->e->start;
	memmove(at + p->same, at, fresh);
	memcpy(at, p->old.p, p->same);
	out->end += p->same;
	p->same = 0;
}

static size_t text_so_far(const struct run *r)
{
	return r->p->same + buf_len(r->e->out) - r->e->start;
}

static bool guards_hold(const struct run *r, const struct pass *pass)
{
	for (size_t i = 0; i < pass->n_guards; i++) {
		const struct pass_guard *g = &pass->guard[i];
		const struct slot *s = &r->p->slot[g->slot];
		struct dict *ns = ns_of(r->p, s);
		struct value *v = ns ? dict_find_text(ns, slice_of(s->attr))
				     : NULL;
		if (!(r->slots & 1u << g->slot))
			continue;
		if (!v || v->type != VALUE_INT)
			return false;
		int64_t a = g->on_the_left ? v->i : g->with;
		int64_t b = g->on_the_left ? g->with : v->i;
		if (passes_compare((enum node_op)g->op, a, b) != g->held)
			return false;
	}
	return true;
}

static bool may_take_over(const struct run *r, size_t at,
			  const struct loop_state *loop)
{
	const struct pass *pass = &r->l->pass[at];
	return at < r->n_old && r->l->first + at < r->p->kept &&
	       !pass->opaque && pass->furthest <= r->p->kept &&
	       (!pass->asked_last || at + 1 < loop->n) &&
	       !(pass->names[0] & r->names[0]) &&
	       !(pass->names[1] & r->names[1]) && !(pass->slots & r->slots) &&
	       guards_hold(r, pass);
}

static void set_again(struct run *r, const struct pass_set *s)
{
	const struct slot *slot = &r->p->slot[s->slot];
	struct dict *ns = ns_of(r->p, slot);
	struct value v = s->value;
	if (v.type == VALUE_STRING) {
		v = eval_copy(r->e, (struct slice){s->text, v.n});
		v.markup = s->value.markup;
	}
	if (ns && eval_alloc(r->e, 128))
		dict_set(ns, eval_copy(r->e, slice_of(slot->attr)), v);
	r->old_slot[s->slot] = mark_of(v, r->p->secret);
	r->slots &= ~(1u << s->slot);
}

static void take_over(struct run *r, size_t at)
{
	struct pass *pass = &r->l->pass[at];
	size_t from = r->from, to = pass->end;
	for (size_t i = 0; i < pass->n_sets; i++)
		set_again(r, &pass->set[i]);
	if (!r->p->apart && r->p->same == from &&
	    buf_len(r->e->out) == r->e->start) {
		r->p->same = to;
	} else {
		part(r);
		eval_put(r->e, r->e->out,
			 (struct slice){r->p->old.p + from, to - from});
	}
	pass->end = text_so_far(r);
	r->from = to;
}

/* The old one's deeds, and the new one's. */
static void compare_sets(struct run *r, const struct pass *old,
			 const struct pass *now)
{
	uint32_t touched = 0;
	for (size_t i = 0; old && i < old->n_sets; i++) {
		r->old_slot[old->set[i].slot] = mark_of(old->set[i].value,
							r->p->secret);
		touched |= 1u << old->set[i].slot;
	}
	for (size_t i = 0; i < now->n_sets; i++)
		touched |= 1u << now->set[i].slot;
	for (size_t i = 0; i < r->p->n_slots; i++) {
		if (!(touched & 1u << i))
			continue;
		if (mark_equal(mark_slot(r->p, i), r->old_slot[i]))
			r->slots &= ~(1u << i);
		else
			r->slots |= 1u << i;
	}
}

static struct pass *room_for(struct passes_loop *l, size_t n)
{
	if (n >= l->room) {
		l->room = l->room ? 2 * l->room : 8;
		l->pass = mem_realloc(l->pass, l->room * sizeof(*l->pass));
	}
	return &l->pass[n];
}

/* Passes are moved: the texts of what they set stand in themselves. */
static void own_texts(struct pass *pass)
{
	for (size_t i = 0; i < pass->n_sets; i++)
		if (pass->set[i].value.type == VALUE_STRING)
			pass->set[i].value.s = pass->set[i].text;
}

static enum eval_flow run_pass(struct run *r, const struct node *node,
			       struct loop_state *loop)
{
	struct passes *p = r->p;
	size_t at = loop->at, old_end = 0;
	bool was = at < r->n_old;
	struct pass old, now = {0};
	if (was) {
		old = *room_for(r->l, at);
		own_texts(&old);
		old_end = old.end;
	}
	p->now = &now;
	enum eval_flow flow = eval_pass(r->e, node, loop);
	p->now = NULL;
	compare_sets(r, was ? &old : NULL, &now);
	/* Whether to go on is no text. */
	now.opaque |= flow == FLOW_BREAK;
	catch_up(r);
	now.end = text_so_far(r);
	*room_for(r->l, at) = now;
	if (was)
		r->from = old_end;
	return flow;
}

static struct passes_loop *loop_for(struct passes *p, const struct node *node,
				    size_t first)
{
	struct passes_loop *free = NULL;
	for (size_t i = PASSES_LOOPS; i-- > 0;) {
		struct passes_loop *l = &p->loop[i];
		if (l->node == node && l->first == first)
			return l;
		if (!l->node || l->node == node)
			free = l;
	}
	if (free) {
		free->node = node;
		free->first = first;
		free->n = 0;
	}
	return free;
}

static void start_run(struct run *r, struct loop_state *loop)
{
	r->n_old = r->l->n;
	r->l->n = 0;
	r->from = r->l->start;
	r->p->broken = false;
	find_namespaces(r->e);
	find_slots(r->p);
	compare_start(r);
	catch_up(r);
	r->l->start = text_so_far(r);
	r->p->watched = loop;
}

void passes_run(struct eval *e, const struct node *node,
		struct loop_state *loop)
{
	struct run r = {.e = e, .p = e->passes};
	size_t at;
	r.l = loop_for(r.p, node, (size_t)(loop->item - r.p->message));
	if (!r.l) {
		eval_passes(e, node, loop);
		return;
	}
	start_run(&r, loop);
	for (loop->at = 0; loop->at < loop->n && !eval_failed(e); loop->at++) {
		at = loop->at;
		if (may_take_over(&r, at, loop))
			take_over(&r, at);
		else if (run_pass(&r, node, loop) == FLOW_BREAK)
			break;
		if (!r.p->broken)
			r.l->n = at + 1;
	}
	r.p->watched = NULL;
}
