#include "common/template/passes_note.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/template/eval.h"

void passes_fini(struct passes *p)
{
	for (size_t i = 0; i < PASSES_LOOPS; i++) {
		mem_free(p->loop[i].pass);
		mem_free(p->loop[i].block);
	}
	*p = (struct passes){0};
}

size_t passes_bytes(const struct passes *p)
{
	size_t n = sizeof(*p);
	for (size_t i = 0; i < PASSES_LOOPS; i++)
		n += (p->loop[i].room + p->loop[i].room / PASSES_BLOCK) *
		     sizeof(struct pass);
	return n;
}

void passes_begin(struct passes *p, struct slice old,
		  const struct value *message, size_t n_messages, size_t kept)
{
	p->rendering++;
	p->old = old;
	p->message = message;
	p->n_messages = n_messages;
	p->kept = kept;
	p->same = 0;
	p->apart = old.n == 0;
	p->now = NULL;
	p->watched = NULL;
	p->reversed = NULL;
	p->deferring = false;
	p->n_ns = 0;
}

void passes_forget(struct passes *p)
{
	for (size_t i = 0; i < PASSES_LOOPS; i++) {
		p->loop[i].node = NULL;
		p->loop[i].n = 0;
	}
	p->n_slots = 0;
}

bool passes_concern(const struct eval *e, const struct node *node,
		    const struct value *item, size_t n)
{
	const struct passes *p = e->passes;
	return p && !e->scope && !node->c && !p->now && n > 0 &&
	       e->n_names <= PASSES_NAMES &&
	       (item == p->reversed || passes_are_items(p, item));
}

void passes_know_reversed(struct passes *p, struct value of,
			  const struct value *item)
{
	if (!passes_are_messages(p, of))
		return;
	p->reversed = item;
	p->reversed_from = (size_t)(of.item - p->message);
}
