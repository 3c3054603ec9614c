/* What passes.c, passes_note.c and passes_run.c share. Private to them. */
#ifndef COMMON_TEMPLATE_PASSES_NOTE_H
#define COMMON_TEMPLATE_PASSES_NOTE_H

#include "common/template/passes.h"

/* Instead of a slot: it is none of a namespace that is a root variable. */
#define PASSES_NO_SLOT 0xff
/* Ints in a sum that cannot run over; there are far fewer of those. */
#define PASSES_PLACE (INT64_C(1) << 32)

/* The items are the messages, or those behind some. */
static inline bool passes_are_items(const struct passes *p,
				    const struct value *item)
{
	return item >= p->message && item < p->message + p->n_messages;
}

static inline bool passes_are_messages(const struct passes *p, struct value v)
{
	return (v.type == VALUE_LIST || v.type == VALUE_TUPLE) && v.n > 0 &&
	       passes_are_items(p, v.item);
}

/* The attribute's slot, made if it has none yet; PASSES_SLOTS if there is
 * no room for it, or PASSES_NO_SLOT. */
uint8_t passes_slot(struct passes *p, const struct dict *ns, struct slice attr);
/* False if the two cannot be told as one. */
bool passes_add_guard(struct pass *to, struct pass_guard g);

#endif
