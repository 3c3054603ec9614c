/* The last decisions of all lanes, gathered for the admin port: each lane
 * is asked by message, and looks through what it remembers in its own
 * time. Main thread. */
#ifndef ROUTER_DECISIONS_H
#define ROUTER_DECISIONS_H

#include "router/admin/admin.h"
#include "router/lane.h"

/* `done` is called once, at the latest when `mailbox`, the main loop's, is
 * destroyed: with 404 where nobody remembers the request. */
void decisions_recall(struct lane *const *lane, size_t n,
		      struct mailbox *mailbox, const struct admin_recall *q,
		      admin_done *done, void *done_arg);

/* What the answer says of those that were found: 200, or 404. */
int decisions_tell(struct decision_list *found, const struct admin_recall *q,
		   struct buf *out);

#endif
