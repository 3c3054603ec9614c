#include "router/watchdog.h"

#include <stdlib.h>
#include <unistd.h>

#include "router/notify.h"

static void on_all(void *arg)
{
	(void)arg;
	notify_alive();
}

static void on_time(void *arg)
{
	struct watchdog *w = arg;

	timer_set(&w->timer, w->every_ms);
	if (w->round.n_silent == 0)
		round_begin(&w->round);
}

void watchdog_start(struct watchdog *w, struct loop *l, struct mailbox *mailbox,
		    struct lane *const *lane, size_t n)
{
	*w = (struct watchdog){
		.every_ms = notify_watchdog_ms(getenv("WATCHDOG_USEC"),
					       getenv("WATCHDOG_PID"),
					       getpid()),
		.round = {mailbox, lane, n, .done = on_all},
	};
	timer_init(&w->timer, l, on_time, w);
	if (w->every_ms > 0)
		timer_set(&w->timer, 0);
}

void watchdog_stop(struct watchdog *w)
{
	timer_fini(&w->timer);
}
