#include "router/lane.h"

#include <stdio.h>

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "common/base/thread.h"
#include "router/net/listener.h"

struct lane {
	struct loop loop;
	struct mailbox *mailbox;
	struct thread thread;
	struct proxy *proxy;
	struct listener **listener;
	size_t n_listeners;
	bool draining, drained_told;
	enum pressure pressure;
	void (*drained)(void *arg);
	void *arg;
};

/* Orders from the main thread. */
struct order {
	struct mail mail;
	struct fleet *fleet;
	struct tenants *tenants;
	struct listen_socket *socket;
	bool finish;
	struct drain_times times;
	enum pressure pressure;
	struct mailbox *to;
	struct mail *echo;
};

static void on_client(void *arg, int fd, bool tls)
{
	struct lane *l = arg;

	proxy_accept(l->proxy, fd, tls);
}

static void on_no_room(void *arg, int fd, bool tls)
{
	struct lane *l = arg;

	proxy_no_room(l->proxy, fd, tls);
}

static const struct listener_events listener_events = {
	.accepted = on_client,
	.no_room = on_no_room,
};

static void tell_if_drained(struct lane *l)
{
	if (!l->draining || l->drained_told || l->n_listeners > 0 ||
	    proxy_connections(l->proxy) > 0)
		return;
	l->drained_told = true;
	l->drained(l->arg);
}

static void on_drained(void *arg)
{
	tell_if_drained(arg);
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

	loop_init(&l->loop);
	l->mailbox = mailbox_create(&l->loop, l);
	l->drained = o->drained;
	l->arg = o->arg;
	proxy.loop = &l->loop;
	proxy.mailbox = l->mailbox;
	proxy.drained = on_drained;
	proxy.drained_arg = l;
	l->proxy = proxy_create(&proxy, f);
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
	mem_free(l->listener);
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

static void do_set_tenants(struct mail *m, void *receiver)
{
	struct order *o = CONTAINER_OF(m, struct order, mail);
	struct lane *l = receiver;

	proxy_set_tenants(l->proxy, o->tenants);
	tenants_unref(&o->tenants);
	mem_free(o);
}

void lane_set_tenants(struct lane *l, struct tenants *t)
{
	struct order *o = mem_zalloc(sizeof(*o));

	o->mail.deliver = do_set_tenants;
	o->tenants = t != NULL ? tenants_ref(t) : NULL;
	mailbox_post(l->mailbox, &o->mail);
}

static void do_listen(struct mail *m, void *receiver)
{
	struct order *o = CONTAINER_OF(m, struct order, mail);
	struct lane *l = receiver;

	l->listener = mem_realloc(l->listener,
				  (l->n_listeners + 1) * sizeof(*l->listener));
	l->listener[l->n_listeners++] = listener_create(&l->loop, o->socket,
							&listener_events, l);
	if (l->pressure == PRESSURE_CRITICAL)
		listener_pause(l->listener[l->n_listeners - 1]);
	listen_socket_unref(&o->socket);
	mem_free(o);
}

void lane_listen(struct lane *l, struct listen_socket *s)
{
	struct order *o = mem_zalloc(sizeof(*o));

	o->mail.deliver = do_listen;
	o->socket = listen_socket_ref(s);
	mailbox_post(l->mailbox, &o->mail);
}

static void drop_listener(struct lane *l, size_t i, bool finish)
{
	struct listener *gone = l->listener[i];

	l->listener[i] = l->listener[--l->n_listeners];
	if (finish)
		listener_finish(&gone);
	else
		listener_destroy(&gone);
}

static void do_unlisten(struct mail *m, void *receiver)
{
	struct order *o = CONTAINER_OF(m, struct order, mail);
	struct lane *l = receiver;

	for (size_t i = l->n_listeners; i > 0; i--)
		if (listener_is_of(l->listener[i - 1], o->socket))
			drop_listener(l, i - 1, o->finish);
	listen_socket_unref(&o->socket);
	mem_free(o);
	tell_if_drained(l);
}

void lane_unlisten(struct lane *l, struct listen_socket *s, bool finish)
{
	struct order *o = mem_zalloc(sizeof(*o));

	o->mail.deliver = do_unlisten;
	o->socket = listen_socket_ref(s);
	o->finish = finish;
	mailbox_post(l->mailbox, &o->mail);
}

static void do_drain(struct mail *m, void *receiver)
{
	struct order *o = CONTAINER_OF(m, struct order, mail);
	struct lane *l = receiver;

	l->draining = true;
	proxy_drain(l->proxy, &o->times);
	mem_free(o);
	tell_if_drained(l);
}

void lane_drain(struct lane *l, const struct drain_times *times)
{
	struct order *o = mem_zalloc(sizeof(*o));

	o->mail.deliver = do_drain;
	o->times = *times;
	mailbox_post(l->mailbox, &o->mail);
}

static void do_echo(struct mail *m, void *receiver)
{
	struct order *o = CONTAINER_OF(m, struct order, mail);

	(void)receiver;
	mailbox_post(o->to, o->echo);
	mem_free(o);
}

void lane_echo(struct lane *l, struct mailbox *to, struct mail *m)
{
	struct order *o = mem_zalloc(sizeof(*o));

	o->mail.deliver = do_echo;
	o->to = to;
	o->echo = m;
	mailbox_post(l->mailbox, &o->mail);
}

static void do_find(struct mail *m, void *receiver)
{
	struct lane_question *q = CONTAINER_OF(m, struct lane_question, mail);
	struct lane *l = receiver;

	proxy_decisions(l->proxy, &q->wanted, &q->found);
	q->mail.deliver = q->answered;
	mailbox_post(q->to, &q->mail);
}

void lane_ask_decisions(struct lane *l, struct lane_question *q)
{
	q->mail.deliver = do_find;
	mailbox_post(l->mailbox, &q->mail);
}

static void do_set_pressure(struct mail *m, void *receiver)
{
	struct order *o = CONTAINER_OF(m, struct order, mail);
	struct lane *l = receiver;

	l->pressure = o->pressure;
	for (size_t i = 0; i < l->n_listeners; i++)
		if (o->pressure == PRESSURE_CRITICAL)
			listener_pause(l->listener[i]);
		else
			listener_resume(l->listener[i]);
	proxy_set_pressure(l->proxy, o->pressure);
	mem_free(o);
}

void lane_set_pressure(struct lane *l, enum pressure level)
{
	struct order *o = mem_zalloc(sizeof(*o));

	o->mail.deliver = do_set_pressure;
	o->pressure = level;
	mailbox_post(l->mailbox, &o->mail);
}
