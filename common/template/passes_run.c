#include "common/template/passes_run.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/template/passes_note.h"

/* Passes from `low` to before `high`, as one: the last of them is run as
 * pass `at` of the loop or before. */
static bool may_take_over(const struct passes_run *r, const struct pass *pass,
			  size_t low, size_t high, size_t at)
{
	return !r->p->broken && low >= r->old_low && high <= r->old_n &&
	       r->l->first + high <= r->p->kept &&
	       pass->furthest <= r->p->kept &&
	       (!pass->asked_last || at + 1 < r->p->watched->n) &&
	       (!r->p->backwards || pass->silent) &&
	       passes_sees_the_same(r, pass);
}

static void take_over(struct passes_run *r, struct pass *pass)
{
	for (size_t i = 0; i < pass->n_sets; i++)
		passes_set_again(r, &pass->set[i]);
	if (r->p->backwards)
		return;
	passes_text_take_over(r, pass->end);
	pass->end = passes_text_so_far(r);
}

static void grow(struct passes_loop *l, size_t n)
{
	size_t room = l->room ? l->room : PASSES_BLOCK;
	if (n <= l->room)
		return;
	while (room < n)
		room *= 2;
	l->pass = mem_realloc(l->pass, room * sizeof(*l->pass));
	l->block = mem_realloc(l->block,
			       room / PASSES_BLOCK * sizeof(*l->block));
	l->room = room;
}

static enum eval_flow run_pass(struct passes_run *r, const struct node *node,
			       struct loop_state *loop, size_t number)
{
	struct passes *p = r->p;
	bool was = number >= r->old_low && number < r->old_n;
	size_t before = passes_text_so_far(r);
	struct pass old, now = {0};
	if (was)
		old = r->l->pass[number];
	memset(p->places, 0, sizeof(p->places));
	p->now = &now;
	enum eval_flow flow = eval_pass(r->e, node, loop);
	p->now = NULL;
	passes_compare_sets(r, was ? &old : NULL, &now);
	/* Whether to go on is no text. */
	now.opaque |= flow == FLOW_BREAK;
	now.silent = passes_text_so_far(r) == before;
	passes_text_catch_up(r);
	now.end = passes_text_so_far(r);
	r->l->pass[number] = now;
	if (was && !p->backwards)
		r->from = old.end;
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
		free->low = free->n = 0;
	}
	return free;
}

static void start_run(struct passes_run *r, struct loop_state *loop)
{
	/* Where its text was is known of the last rendering alone. */
	if (r->l->rendering + 1 != r->p->rendering)
		r->l->low = r->l->n = 0;
	r->l->rendering = r->p->rendering;
	r->old_low = r->l->low;
	r->old_n = r->l->n;
	r->from = r->l->start;
	r->p->broken = false;
	r->p->watched = loop;
	grow(r->l, loop->n);
	passes_compare_start(r);
	/* Backwards, they came before all that are left. */
	for (size_t i = r->old_n; r->p->backwards && i-- > loop->n;)
		if (i >= r->old_low)
			passes_leave_out(r, &r->l->pass[i]);
	passes_text_catch_up(r);
	r->l->start = passes_text_so_far(r);
}

static size_t number_at(const struct passes_run *r, size_t at)
{
	return r->p->backwards ? r->p->watched->n - 1 - at : at;
}

/* A whole block at once, if it begins here: how many passes that was. */
static size_t take_block(struct passes_run *r, size_t at)
{
	size_t number = number_at(r, at), low = number, all = PASSES_BLOCK;
	if (r->p->backwards)
		low = number + 1 < all ? 1 : number + 1 - all;
	if (low % all != 0 || low + all > r->p->watched->n)
		return 0;
	/* That of passes which are not known is not looked at. */
	struct pass *block = &r->l->block[low / all];
	if (!may_take_over(r, block, low, low + all, at + all - 1) ||
	    !(r->p->backwards || passes_text_is_old(r)))
		return 0;
	take_over(r, block);
	return all;
}

/* Of the blocks that were not taken over as such. */
struct alone {
	size_t low, high;
};

static void add_alone(struct alone *a, size_t number)
{
	a->low = number < a->low ? number : a->low;
	a->high = number + 1 > a->high ? number + 1 : a->high;
}

static enum eval_flow one(struct passes_run *r, const struct node *node,
			  struct loop_state *loop, size_t number)
{
	struct pass *pass = &r->l->pass[number];
	if (!may_take_over(r, pass, number, number + 1, loop->at))
		return run_pass(r, node, loop, number);
	take_over(r, pass);
	return FLOW_NEXT;
}

static void run_all(struct passes_run *r, const struct node *node,
		    struct loop_state *loop, struct alone *alone)
{
	enum eval_flow flow = FLOW_NEXT;
	for (loop->at = 0; loop->at < loop->n && !eval_failed(r->e);) {
		size_t number = number_at(r, loop->at);
		size_t n = take_block(r, loop->at);
		if (n == 0) {
			flow = one(r, node, loop, number);
			add_alone(alone, number);
			n = 1;
		}
		if (!r->p->broken && r->p->backwards)
			r->l->low = number + 1 - n;
		else if (!r->p->broken)
			r->l->n = number + n;
		if (flow == FLOW_BREAK)
			break;
		loop->at += n;
	}
}

void passes_run(struct eval *e, const struct node *node,
		struct loop_state *loop)
{
	struct passes *p = e->passes;
	struct passes_run r = {.e = e, .p = p};
	struct alone alone = {.low = SIZE_MAX};
	p->backwards = loop->item == p->reversed;
	r.l = loop_for(p, node,
		       p->backwards ? p->reversed_from
				    : (size_t)(loop->item - p->message));
	if (!r.l) {
		eval_passes(e, node, loop);
		return;
	}
	start_run(&r, loop);
	r.l->low = p->backwards ? loop->n : 0;
	r.l->n = p->backwards ? loop->n : 0;
	run_all(&r, node, loop, &alone);
	passes_sum_blocks(r.l, p->backwards, alone.low, alone.high);
	p->watched = NULL;
}
