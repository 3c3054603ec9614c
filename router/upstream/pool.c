#include "router/upstream/pool.h"

#include <errno.h>

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "common/tls/session.h"
#include "router/upstream/link.h"

#define MAX_IDLE_A_WORKER 256

static void on_bytes(void *arg, struct slice bytes)
{
	struct link *l = arg;

	/* A worker that speaks unasked has lost count of its answers. */
	if (l->exchange == NULL)
		link_close(l);
	else
		exchange_on_bytes(l, bytes);
}

static void on_writable(void *arg)
{
	struct link *l = arg;

	if (l->exchange != NULL)
		exchange_on_writable(l);
}

static void on_ended(void *arg, int err)
{
	struct link *l = arg;

	if (l->exchange == NULL)
		link_close(l);
	else
		exchange_on_end(l, err);
}

static const struct sock_events sock_events = {
	.bytes = on_bytes,
	.writable = on_writable,
	.ended = on_ended,
};

static void on_timer(void *arg)
{
	struct link *l = arg;

	if (l->exchange == NULL)
		link_close(l);
	else
		exchange_on_timer(l);
}

static void free_link(struct deferred *d)
{
	struct link *l = CONTAINER_OF(d, struct link, later);

	list_remove(&l->place);
	timer_fini(&l->timer);
	http_parser_fini(&l->parser);
	worker_unref(&l->worker);
	slab_free(&l->pool->link_slab, l);
}

static void tell_refused(struct deferred *d)
{
	struct link *l = CONTAINER_OF(d, struct link, later);

	if (l->exchange != NULL)
		exchange_on_end(l, ECONNREFUSED);
	free_link(d);
}

static void tell_no_room(struct deferred *d)
{
	struct link *l = CONTAINER_OF(d, struct link, later);

	if (l->exchange != NULL)
		exchange_on_end(l, EMFILE);
	free_link(d);
}

static bool is_full(int err)
{
	return err == EMFILE || err == ENFILE;
}

static void refuse(struct link *l, int err)
{
	l->sock.watch.fd = -1;
	l->sock.connecting = true;
	list_push_back(&l->pool->gone, &l->place);
	loop_defer(l->pool->loop, &l->later,
		   is_full(err) ? tell_no_room : tell_refused);
}

/* -1 and EMFILE if there is no descriptor for it. */
static int connect_within(struct pool *p, const struct worker *w)
{
	int fd, err;

	if (!quota_take(p->descriptors, 0)) {
		errno = EMFILE;
		return -1;
	}
	fd = addr_connect(&w->addr);
	err = errno;
	if (fd < 0)
		quota_give_back(p->descriptors);
	errno = err;
	return fd;
}

/* Idle connections go before one that is wanted is not made. */
static int open_to(struct pool *p, const struct worker *w)
{
	int fd = connect_within(p, w);

	if (fd >= 0 || !is_full(errno) || p->n_idle == 0)
		return fd;
	pool_close_idle(p);
	return connect_within(p, w);
}

static void secure(struct link *l)
{
	struct tls_context *c = tls_slot_get(&l->worker->tls);

	ASSERT(c != NULL);
	sock_set_layer(&l->sock, tls_session_create(c));
	tls_context_unref(&c);
}

struct link *link_create(struct pool *p, struct worker *w)
{
	int fd = open_to(p, w), err = errno;
	struct link *l = slab_zalloc(&p->link_slab);

	l->pool = p;
	l->worker = worker_ref(w);
	list_init(&l->place);
	timer_init(&l->timer, p->loop, on_timer, l);
	http_parser_init(&l->parser, HTTP_CLIENT, &p->limits.http,
			 &link_http_events, l);
	http_parser_share(&l->parser, &p->rooms);
	if (fd < 0) {
		refuse(l, err);
		return l;
	}
	addr_notice_loss(fd, p->limits.timeouts.between_bytes);
	sock_open(&l->sock, p->loop, fd, true, &sock_events, l);
	if (w->secure)
		secure(l);
	return l;
}

static void leave_idle(struct link *l)
{
	if (!l->idle)
		return;
	l->idle = false;
	list_remove(&l->place);
	l->pool->n_idle--;
	l->pool->n_idle_of[l->worker->id]--;
}

void link_close(struct link *l)
{
	leave_idle(l);
	if (!sock_is_open(&l->sock))
		return;
	loop_undefer(&l->later);
	sock_close(&l->sock);
	quota_give_back(l->pool->descriptors);
	timer_fini(&l->timer);
	list_push_back(&l->pool->gone, &l->place);
	loop_defer(l->pool->loop, &l->later, free_link);
}

/* The loop knows what the kernel told at the start of this turn, and that is
 * enough. Only where it cannot tell is the kernel asked once more. */
static bool is_quiet(struct link *l)
{
	return sock_is_quiet(&l->sock) || sock_look(&l->sock);
}

struct link *pool_lease(struct pool *p, struct worker *w)
{
	struct list *head = &p->idle[w->id];

	while (!list_empty(head)) {
		struct link *l = LIST_ENTRY(head->next, struct link, place);

		leave_idle(l);
		if (is_quiet(l))
			return l;
		link_close(l);
	}
	return NULL;
}

void pool_give_back(struct link *l)
{
	struct pool *p = l->pool;
	unsigned id = l->worker->id;

	l->exchange = NULL;
	if (!l->keep || p->n_idle_of[id] == MAX_IDLE_A_WORKER) {
		link_close(l);
		return;
	}
	http_parser_next(&l->parser);
	sock_resume(&l->sock);
	timer_set(&l->timer, p->limits.timeouts.pool_idle);
	l->idle = true;
	list_push_front(&p->idle[id], &l->place);
	p->n_idle++;
	p->n_idle_of[id]++;
}

struct pool *pool_create(struct loop *loop, struct quota *descriptors)
{
	struct pool *p = mem_zalloc(sizeof(*p));

	p->loop = loop;
	p->descriptors = descriptors;
	slab_init(&p->link_slab, sizeof(struct link), 1);
	http_rooms_init(&p->rooms);
	list_init(&p->gone);
	for (size_t i = 0; i < INDEX_MAX_WORKERS; i++)
		list_init(&p->idle[i]);
	return p;
}

static void free_gone(struct pool *p)
{
	while (!list_empty(&p->gone)) {
		struct link *l = LIST_ENTRY(p->gone.next, struct link, place);

		ASSERT(l->exchange == NULL);
		loop_undefer(&l->later);
		free_link(&l->later);
	}
}

void pool_close_idle(struct pool *p)
{
	for (size_t i = 0; p->n_idle > 0 && i < INDEX_MAX_WORKERS; i++)
		while (!list_empty(&p->idle[i]))
			link_close(LIST_ENTRY(p->idle[i].next, struct link,
					      place));
}

void pool_destroy(struct pool **pp)
{
	struct pool *p = *pp;

	if (p == NULL)
		return;
	pool_close_idle(p);
	free_gone(p);
	slab_fini(&p->link_slab);
	http_rooms_fini(&p->rooms);
	mem_free(p);
	*pp = NULL;
}

static void hurry_idle(struct pool *p)
{
	struct list *it, *tmp;

	for (size_t i = 0; p->n_idle > 0 && i < INDEX_MAX_WORKERS; i++)
		LIST_EACH (it, tmp, &p->idle[i])
			timer_set(&LIST_ENTRY(it, struct link, place)->timer,
				  p->limits.timeouts.pool_idle);
}

void pool_set_limits(struct pool *p, const struct pool_limits *limits)
{
	bool sooner = limits->timeouts.pool_idle < p->limits.timeouts.pool_idle;

	p->limits = *limits;
	if (sooner)
		hurry_idle(p);
}

bool pool_settle(struct pool *p)
{
	bool links = slab_settle(&p->link_slab);

	return http_rooms_settle(&p->rooms) || links;
}

bool pool_has_fallen(const struct pool *p)
{
	return slab_has_fallen(&p->link_slab) ||
	       http_rooms_have_fallen(&p->rooms);
}

size_t pool_idle(const struct pool *p)
{
	return p->n_idle;
}
