#include "router/lane.h"

#include <stdio.h>

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "common/base/thread.h"
#include "router/net/listener.h"

#define MAX_LISTENERS 16

struct lane {
	struct loop loop;
	struct mailbox *mailbox;
	struct thread thread;
	struct proxy *proxy;
	struct listener *listener[MAX_LISTENERS];
	size_t n_listeners;
	void (*drained)(void *arg);
	void *arg;
};

/* Orders from the main thread. */
struct order {
	struct mail mail;
	struct fleet *fleet;
	uint64_t deadline_ms;
};

static void on_client(void *arg, int fd)
{
	struct lane *l = arg;

	proxy_accept(l->proxy, fd);
}

static void on_drained(void *arg)
{
	struct lane *l = arg;

	l->drained(l->arg);
}

static void run(void *arg)
{
	struct lane *l = arg;

	loop_run(&l->loop);
}

struct lane *lane_create(const struct lane_options *o, struct fleet *f)
{
	struct lane *l = mem_zalloc(sizeof(*l));
	struct proxy_options proxy = o->proxy;
	char name[16];

	ASSERT(o->n_listen <= MAX_LISTENERS);
	loop_init(&l->loop);
	l->mailbox = mailbox_create(&l->loop, l);
	l->drained = o->drained;
	l->arg = o->arg;
	proxy.loop = &l->loop;
	proxy.mailbox = l->mailbox;
	proxy.drained = on_drained;
	proxy.drained_arg = l;
	l->proxy = proxy_create(&proxy, f);
	for (size_t i = 0; i < o->n_listen; i++)
		l->listener[l->n_listeners++] = listener_create(
			&l->loop, o->listen_fd[i], on_client, l);
	snprintf(name, sizeof(name), "lane-%u", o->number);
	thread_start(&l->thread, name, run, l);
	return l;
}

static void do_stop(struct mail *m, void *receiver)
{
	struct lane *l = receiver;

	mem_free(m);
	loop_stop(&l->loop);
}

void lane_destroy(struct lane **lp)
{
	struct lane *l = *lp;
	struct mail *stop;

	if (l == NULL)
		return;
	stop = mem_zalloc(sizeof(*stop));
	stop->deliver = do_stop;
	mailbox_post(l->mailbox, stop);
	thread_join(&l->thread);
	for (size_t i = 0; i < l->n_listeners; i++)
		listener_destroy(&l->listener[i]);
	proxy_destroy(&l->proxy);
	mailbox_destroy(&l->mailbox);
	loop_fini(&l->loop);
	mem_free(l);
	*lp = NULL;
}

static void do_set_fleet(struct mail *m, void *receiver)
{
	struct order *o = CONTAINER_OF(m, struct order, mail);
	struct lane *l = receiver;

	proxy_set_fleet(l->proxy, o->fleet);
	fleet_unref(&o->fleet);
	mem_free(o);
}

void lane_set_fleet(struct lane *l, struct fleet *f)
{
	struct order *o = mem_zalloc(sizeof(*o));

	o->mail.deliver = do_set_fleet;
	o->fleet = fleet_ref(f);
	mailbox_post(l->mailbox, &o->mail);
}

static void do_drain(struct mail *m, void *receiver)
{
	struct order *o = CONTAINER_OF(m, struct order, mail);
	struct lane *l = receiver;

	for (size_t i = 0; i < l->n_listeners; i++)
		listener_destroy(&l->listener[i]);
	proxy_drain(l->proxy, o->deadline_ms);
	mem_free(o);
}

void lane_drain(struct lane *l, uint64_t deadline_ms)
{
	struct order *o = mem_zalloc(sizeof(*o));

	o->mail.deliver = do_drain;
	o->deadline_ms = deadline_ms;
	mailbox_post(l->mailbox, &o->mail);
}
