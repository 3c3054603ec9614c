/* What passes.c, passes_note.c and passes_run.c share. Private to them. */
#ifndef COMMON_TEMPLATE_PASSES_NOTE_H
#define COMMON_TEMPLATE_PASSES_NOTE_H

#include "common/template/passes.h"

/* Instead of a slot: it is none of a namespace that is a root variable. */
#define PASSES_NO_SLOT 0xff

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
/* `op` is one of OP_EQ to OP_GE. */
bool passes_compare(enum node_op op, int64_t a, int64_t b);

#endif
