#include "common/base/mailbox.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/assert.h"
#include "common/base/mem.h"

/* Posted mail is a stack that the receiver takes whole and turns round. */
struct mailbox {
	_Atomic(struct mail *) top;
	/* The receiver sleeps and wants to be woken. */
	atomic_bool dozing;
	atomic_uint posting; /* threads inside mailbox_post */
	void *receiver;
	struct loop *loop; /* NULL: a plain mailbox */
	struct watch watch;
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
	struct mail *m = in_posted_order(atomic_exchange(&mb->top, NULL));

	while (m != NULL) {
		struct mail *next = m->next;

		m->deliver(m, mb->receiver);
		m = next;
	}
}

static void hush(struct mailbox *mb)
{
	uint64_t count;

	if (read(mb->fd, &count, sizeof(count)) < 0)
		return; /* it was silent */
}

void mailbox_drain(struct mailbox *mb)
{
	hush(mb);
	/* Before the mail is taken: a post that is not seen wakes us. */
	atomic_store(&mb->dozing, true);
	deliver_all(mb);
}

void mailbox_look(struct mailbox *mb, bool readable)
{
	if (readable)
		hush(mb);
	deliver_all(mb);
}

static void on_readable(struct watch *w, uint32_t events)
{
	(void)events;
	mailbox_drain(CONTAINER_OF(w, struct mailbox, watch));
}

struct mailbox *mailbox_create_plain(void *receiver)
{
	struct mailbox *mb = mem_zalloc(sizeof(*mb));

	mb->receiver = receiver;
	atomic_init(&mb->dozing, true);
	mb->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	ASSERT(mb->fd >= 0);
	return mb;
}

struct mailbox *mailbox_create(struct loop *l, void *receiver)
{
	struct mailbox *mb = mailbox_create_plain(receiver);

	mb->loop = l;
	watch_start(&mb->watch, l, mb->fd, EPOLLIN, on_readable);
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
	while (atomic_load_explicit(&(*mb)->top, memory_order_relaxed) != NULL)
		deliver_all(*mb);
	/* Mail is here before its sender has come out of mailbox_post. */
	while (atomic_load_explicit(&(*mb)->posting, memory_order_acquire) != 0)
		sched_yield();
	if ((*mb)->loop != NULL)
		watch_stop(&(*mb)->watch, (*mb)->loop);
	close((*mb)->fd);
	mem_free(*mb);
	*mb = NULL;
}

void mailbox_post(struct mailbox *mb, struct mail *m)
{
	struct mail *top = atomic_load(&mb->top);
	uint64_t one = 1;

	atomic_fetch_add_explicit(&mb->posting, 1, memory_order_relaxed);
	do
		m->next = top;
	while (!atomic_compare_exchange_weak(&mb->top, &top, m));
	/* Whoever is awake looks by himself. */
	if (atomic_load(&mb->dozing) && atomic_exchange(&mb->dozing, false) &&
	    write(mb->fd, &one, sizeof(one)) < 0)
		one = 0; /* only a full counter fails: it wakes anyway */
	atomic_fetch_sub_explicit(&mb->posting, 1, memory_order_release);
}
