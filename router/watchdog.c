#include "router/watchdog.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "router/notify.h"

struct echo {
	struct mail mail;
	struct watchdog *of;
};

static void on_echo(struct mail *m, void *receiver)
{
	struct echo *e = CONTAINER_OF(m, struct echo, mail);
	struct watchdog *w = e->of;

	(void)receiver;
	mem_free(e);
	if (--w->n_silent == 0)
		notify_alive();
}

static void on_time(void *arg)
{
	struct watchdog *w = arg;

	timer_set(&w->timer, w->every_ms);
	if (w->n_silent > 0)
		return;
	w->n_silent = w->n_lanes;
	for (size_t i = 0; i < w->n_lanes; i++) {
		struct echo *e = mem_zalloc(sizeof(*e));

		e->mail.deliver = on_echo;
		e->of = w;
		lane_echo(w->lane[i], w->mailbox, &e->mail);
	}
}

void watchdog_start(struct watchdog *w, struct loop *l, struct mailbox *mailbox,
		    struct lane *const *lane, size_t n)
{
	*w = (struct watchdog){
		.every_ms = notify_watchdog_ms(getenv("WATCHDOG_USEC"),
					       getenv("WATCHDOG_PID"),
					       getpid()),
		.mailbox = mailbox,
		.lane = lane,
		.n_lanes = n,
	};
	timer_init(&w->timer, l, on_time, w);
	if (w->every_ms > 0)
		timer_set(&w->timer, 0);
}

void watchdog_stop(struct watchdog *w)
{
	timer_fini(&w->timer);
}
