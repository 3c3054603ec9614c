/* Messages into a loop from any thread, in the order they were posted by
 * each. The only way across threads besides counted snapshots. */
#ifndef COMMON_BASE_MAILBOX_H
#define COMMON_BASE_MAILBOX_H

#include "common/base/loop.h"

struct mail {
	struct mail *next;
	/* Runs in the receiving loop; owns the message from then on. */
	void (*deliver)(struct mail *m, void *receiver);
};

struct mailbox;

/* `receiver` is passed to every message's deliver. */
struct mailbox *mailbox_create(struct loop *l, void *receiver);
/* For threads without a libevent loop: readable file descriptor; call
 * mailbox_drain when it is. */
struct mailbox *mailbox_create_plain(void *receiver);
int mailbox_fd(const struct mailbox *mb);
void mailbox_drain(struct mailbox *mb);
/* For a receiver that is awake and looks again soon: until its next
 * mailbox_drain posts cost no system call. `readable`: its descriptor is. */
void mailbox_look(struct mailbox *mb, bool readable);
/* Delivers what is left, then frees. No thread may begin to post any
 * more; one whose mail has come may still be on its way out. */
void mailbox_destroy(struct mailbox **mb);
void mailbox_post(struct mailbox *mb, struct mail *m); /* any thread */

#endif
