#include "tools/bench/poller.h"

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/mem.h"

#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define AT_ONCE    256
#define LOOK_UP_NS 100000000u

struct poller {
	int fd;
};

struct poller *poller_create(void)
{
	struct poller *p = mem_zalloc(sizeof(*p));

	p->fd = epoll_create1(EPOLL_CLOEXEC);
	ASSERT(p->fd >= 0);
	return p;
}

void poller_destroy(struct poller **p)
{
	if (*p == NULL)
		return;
	close((*p)->fd);
	mem_free(*p);
	*p = NULL;
}

static void control(struct poller *p, int op, struct polled *d)
{
	struct epoll_event event = {
		.events = EPOLLIN | (d->want_write ? EPOLLOUT : 0),
		.data.ptr = d,
	};

	ASSERT(epoll_ctl(p->fd, op, d->fd, &event) == 0);
}

void poller_add(struct poller *p, struct polled *d, int fd,
		void (*ready)(struct polled *p, uint32_t events))
{
	d->fd = fd;
	d->ready = ready;
	control(p, EPOLL_CTL_ADD, d);
}

void poller_want_write(struct poller *p, struct polled *d, bool want)
{
	if (d->want_write == want)
		return;
	d->want_write = want;
	control(p, EPOLL_CTL_MOD, d);
}

void poller_remove(struct poller *p, struct polled *d)
{
	(void)p; /* closing takes it out */
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

static struct timespec *time_left(uint64_t until_ns, struct timespec *out)
{
	uint64_t now = clock_ns();
	uint64_t left = until_ns > now ? until_ns - now : 0;

	if (until_ns == POLLER_NEVER)
		return NULL;
	out->tv_sec = (time_t)(left / 1000000000u);
	out->tv_nsec = (long)(left % 1000000000u);
	return out;
}

void poller_turn(struct poller *p, uint64_t until_ns)
{
	struct epoll_event event[AT_ONCE];
	struct timespec left;
	uint64_t soon_ns = clock_ns() + LOOK_UP_NS;
	int n;

	/* A signal just before the wait would else go unheard. */
	if (until_ns > soon_ns)
		until_ns = soon_ns;
	n = epoll_pwait2(p->fd, event, AT_ONCE, time_left(until_ns, &left),
			 NULL);

	ASSERT(n >= 0 || errno == EINTR);
	for (int i = 0; i < n; i++) {
		struct polled *d = event[i].data.ptr;

		d->ready(d, event[i].events);
	}
}
