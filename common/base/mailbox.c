#include "common/base/mailbox.h"

#include <stdatomic.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/base/assert.h"
#include "common/base/mem.h"

/* Posted mail is a stack that the receiver takes whole and turns round. */
struct mailbox {
	_Atomic(struct mail *) top;
	void *receiver;
	struct event *ev; /* NULL: a plain mailbox */
	int fd;
};

static struct mail *in_posted_order(struct mail *m)
{
	struct mail *first = NULL;

	while (m != NULL) {
		struct mail *next = m->next;

		m->next = first;
		first = m;
		m = next;
	}
	return first;
}

static void deliver_all(struct mailbox *mb)
{
	struct mail *m = in_posted_order(
		atomic_exchange_explicit(&mb->top, NULL, memory_order_acquire));

	while (m != NULL) {
		struct mail *next = m->next;

		m->deliver(m, mb->receiver);
		m = next;
	}
}

void mailbox_drain(struct mailbox *mb)
{
	uint64_t count;

	/* Emptied before the mail is taken, or a post could go unheard. */
	if (read(mb->fd, &count, sizeof(count)) < 0)
		count = 0;
	deliver_all(mb);
}

static void on_readable(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	mailbox_drain(arg);
}

struct mailbox *mailbox_create_plain(void *receiver)
{
	struct mailbox *mb = mem_zalloc(sizeof(*mb));

	mb->receiver = receiver;
	mb->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	ASSERT(mb->fd >= 0);
	return mb;
}

struct mailbox *mailbox_create(struct loop *l, void *receiver)
{
	struct mailbox *mb = mailbox_create_plain(receiver);

	mb->ev = event_new(l->base, mb->fd, EV_READ | EV_PERSIST, on_readable,
			   mb);
	ASSERT(mb->ev != NULL && event_add(mb->ev, NULL) == 0);
	return mb;
}

int mailbox_fd(const struct mailbox *mb)
{
	return mb->fd;
}

void mailbox_destroy(struct mailbox **mb)
{
	if (*mb == NULL)
		return;
	deliver_all(*mb);
	if ((*mb)->ev != NULL)
		event_free((*mb)->ev);
	close((*mb)->fd);
	mem_free(*mb);
	*mb = NULL;
}

void mailbox_post(struct mailbox *mb, struct mail *m)
{
	struct mail *top = atomic_load_explicit(&mb->top, memory_order_relaxed);
	uint64_t one = 1;

	do
		m->next = top;
	while (!atomic_compare_exchange_weak_explicit(
		&mb->top, &top, m, memory_order_release, memory_order_relaxed));
	/* A mailbox that was not empty has been woken already. */
	if (top == NULL && write(mb->fd, &one, sizeof(one)) < 0)
		return; /* only a full counter fails: it wakes anyway */
}
