#include "common/template/passes_note.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/template/eval.h"

void passes_fini(struct passes *p)
{
	for (size_t i = 0; i < PASSES_LOOPS; i++)
		mem_free(p->loop[i].pass);
	*p = (struct passes){0};
}

size_t passes_bytes(const struct passes *p)
{
	size_t n = sizeof(*p);
	for (size_t i = 0; i < PASSES_LOOPS; i++)
		n += p->loop[i].room * sizeof(struct pass);
	return n;
}

void passes_begin(struct passes *p, struct slice old,
		  const struct value *message, size_t n_messages, size_t kept)
{
	p->old = old;
	p->message = message;
	p->n_messages = n_messages;
	p->kept = kept;
	p->same = 0;
	p->apart = old.n == 0;
	p->now = NULL;
	p->watched = NULL;
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
	       e->n_names <= PASSES_NAMES && passes_are_items(p, item);
}
