/* The items of a response's input as messages of a chat. What an assistant
 * thought, said and called are items of their own, and one message: it ends
 * with the next item that is none of its. */
#ifndef COMMON_TEMPLATE_CHAT_RESPONSES_ITEM_H
#define COMMON_TEMPLATE_CHAT_RESPONSES_ITEM_H

#include "common/base/arena.h"
#include "common/base/buf.h"
#include "common/base/error.h"

struct responses_items {
	struct arena *arena;
	struct error *err;
	struct buf list; /* messages, with commas between them */
	/* An assistant's message that is not at its end; raw, p NULL: not
	 * yet. */
	bool open;
	struct slice content, reasoning;
	struct buf calls;
	bool unfinished; /* the last item is to be gone on with */
};

void responses_items_init(struct responses_items *m, struct arena *arena,
			  struct error *err);
void responses_items_fini(struct responses_items *m);
/* The next raw item. ERR_INVALID: the engine refuses it; ERR_UNSUPPORTED:
 * what becomes of it is not known here. */
MUST_USE enum status responses_item(struct responses_items *m,
				    struct slice raw);
/* No more come. */
void responses_items_end(struct responses_items *m);

#endif
