#include "router/net/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/mem.h"

#define ACCEPTS_A_TURN     64
#define OUT_OF_FDS_WAIT_MS 100

struct listener {
	struct listen_socket *socket;
	struct loop *loop;
	struct watch watch; /* of nothing while it waits */
	struct timer again;
	const struct listener_events *events;
	void *arg;
	int reserve; /* -1: used up */
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

static void take_reserve(struct listener *l)
{
	if (l->reserve < 0)
		l->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int take(const struct listener *l)
{
	return accept4(l->socket->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/* Each gets the one descriptor there is. */
static void turn_away(struct listener *l)
{
	for (int i = 0; i < ACCEPTS_A_TURN && l->reserve >= 0; i++) {
		int client;

		close(l->reserve);
		l->reserve = -1;
		client = take(l);
		if (client >= 0)
			l->events->no_room(l->arg, client,
					   atomic_load(&l->socket->tls));
		take_reserve(l);
		if (client < 0)
			return;
	}
}

static void starve(struct listener *l, int err)
{
	if (err == EMFILE || err == ENFILE)
		turn_away(l);
	if (!l->starved)
		log_warn("listener: accept: %s: pausing; raise the limit on "
			 "open files (ulimit -n)",
			 strerror(err));
	l->starved = true;
	watch_stop(&l->watch, l->loop);
	timer_set(&l->again, OUT_OF_FDS_WAIT_MS);
}

/* False once nothing waits any more, or nothing can be taken. */
static bool accept_one(struct listener *l)
{
	int client = take(l);

	if (client >= 0) {
		l->starved = false;
		l->events->accepted(l->arg, client,
				    atomic_load(&l->socket->tls));
		return true;
	}
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return false;
	if (is_the_peers_fault(errno))
		return true;
	starve(l, errno);
	return false;
}

static void on_acceptable(struct watch *w, uint32_t events)
{
	struct listener *l = CONTAINER_OF(w, struct listener, watch);

	(void)events;
	for (int i = 0; i < ACCEPTS_A_TURN && !l->paused; i++)
		if (!accept_one(l))
			return;
}

/* One of those who watch the socket is woken, not all. */
static void watch_again(struct listener *l)
{
	if (l->watch.fd < 0)
		watch_start(&l->watch, l->loop, l->socket->fd,
			    EPOLLIN | EPOLLEXCLUSIVE, on_acceptable);
}

static void try_again(void *arg)
{
	struct listener *l = arg;

	take_reserve(l);
	if (!l->paused)
		watch_again(l);
}

struct listener *listener_create(struct loop *loop, struct listen_socket *s,
				 const struct listener_events *events,
				 void *arg)
{
	struct listener *l = mem_zalloc(sizeof(*l));

	l->socket = listen_socket_ref(s);
	l->loop = loop;
	l->events = events;
	l->reserve = -1;
	take_reserve(l);
	l->arg = arg;
	timer_init(&l->again, loop, try_again, l);
	l->watch.fd = -1;
	watch_again(l);
	return l;
}

void listener_destroy(struct listener **lp)
{
	struct listener *l = *lp;

	if (l == NULL)
		return;
	watch_stop(&l->watch, l->loop);
	timer_fini(&l->again);
	listen_socket_unref(&l->socket);
	if (l->reserve >= 0)
		close(l->reserve);
	mem_free(l);
	*lp = NULL;
}

void listener_finish(struct listener **l)
{
	while (accept_one(*l))
		;
	listener_destroy(l);
}

void listener_pause(struct listener *l)
{
	l->paused = true;
	watch_stop(&l->watch, l->loop);
}

void listener_resume(struct listener *l)
{
	l->paused = false;
	watch_again(l);
}

bool listener_is_of(const struct listener *l, const struct listen_socket *s)
{
	return l->socket == s;
}
