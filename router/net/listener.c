#include "router/net/listener.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/base/assert.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#define ACCEPTS_A_TURN     64
#define OUT_OF_FDS_WAIT_MS 100

struct listener {
	int fd;
	struct event *ev;
	struct timer again;
	void (*accepted)(void *arg, int fd);
	void *arg;
	bool paused, starved;
};

/* The connection itself failed before we had it: the next may be fine. */
static bool is_the_peers_fault(int err)
{
	return err == ECONNABORTED || err == EPROTO || err == EINTR ||
	       err == ENETDOWN || err == EHOSTUNREACH || err == ENETUNREACH ||
	       err == EOPNOTSUPP || err == ENOPROTOOPT || err == EHOSTDOWN ||
	       err == ENONET;
}

static void starve(struct listener *l, int err)
{
	if (!l->starved)
		log_warn("listener: accept: %s: pausing; raise the limit on "
			 "open files (ulimit -n)",
			 strerror(err));
	l->starved = true;
	event_del(l->ev);
	timer_set(&l->again, OUT_OF_FDS_WAIT_MS);
}

static void on_acceptable(int fd, short what, void *arg)
{
	struct listener *l = arg;

	(void)what;
	for (int i = 0; i < ACCEPTS_A_TURN && !l->paused; i++) {
		int client = accept4(fd, NULL, NULL,
				     SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (client >= 0) {
			l->starved = false;
			l->accepted(l->arg, client);
			continue;
		}
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			return;
		if (is_the_peers_fault(errno))
			continue;
		starve(l, errno);
		return;
	}
}

static void try_again(void *arg)
{
	struct listener *l = arg;

	if (!l->paused)
		event_add(l->ev, NULL);
}

struct listener *listener_create(struct loop *loop, int fd,
				 void (*accepted)(void *arg, int fd), void *arg)
{
	struct listener *l = mem_zalloc(sizeof(*l));

	l->fd = fd;
	l->accepted = accepted;
	l->arg = arg;
	timer_init(&l->again, loop, try_again, l);
	l->ev = event_new(loop->base, fd, EV_READ | EV_PERSIST, on_acceptable,
			  l);
	ASSERT(l->ev != NULL && event_add(l->ev, NULL) == 0);
	return l;
}

void listener_destroy(struct listener **lp)
{
	struct listener *l = *lp;

	if (l == NULL)
		return;
	event_free(l->ev);
	timer_fini(&l->again);
	close(l->fd);
	mem_free(l);
	*lp = NULL;
}

void listener_pause(struct listener *l)
{
	l->paused = true;
	event_del(l->ev);
}

void listener_resume(struct listener *l)
{
	l->paused = false;
	event_add(l->ev, NULL);
}
