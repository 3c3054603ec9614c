#include "router/proxy/parked.h"

#include <sys/socket.h>

#include "common/base/clock.h"
#include "router/proxy/request.h"

/* Those that ask again within this are left as they are. */
#define REST_MS 2000

static void forget(struct parked *k)
{
	metric_add(k->proxy->resting, -1);
	list_remove(&k->link);
	slab_free(&k->proxy->parked_slab, k);
}

/* Nobody looks at it any more once the watch is another's. */
static void wake(struct parked *k)
{
	uint64_t now_ms = clock_coarse_ms();

	client_wake(k->proxy, &k->watch,
		    k->until_ms > now_ms ? k->until_ms - now_ms : 0);
	forget(k);
}

static void on_ready(struct watch *w, uint32_t events)
{
	(void)events;
	wake(CONTAINER_OF(w, struct parked, watch));
}

static void end(struct parked *k)
{
	struct proxy *p = k->proxy;

	watch_close(&k->watch, p->o.loop);
	forget(k);
	client_left(p);
}

/* They are in the order in which their time is over, but for those that were
 * parked before a reload: these wait for the ones before them. */
static void on_time(void *arg)
{
	struct proxy *p = arg;
	uint64_t now_ms = clock_coarse_ms();

	while (!list_empty(&p->parked)) {
		struct parked *k = LIST_ENTRY(p->parked.next, struct parked,
					      link);

		if (k->until_ms > now_ms) {
			timer_set(&p->parked_until, k->until_ms - now_ms);
			return;
		}
		end(k);
	}
}

void parked_init(struct proxy *p)
{
	slab_init(&p->parked_slab, sizeof(struct parked), 1);
	list_init(&p->parked);
	timer_init(&p->parked_until, p->o.loop, on_time, p);
}

void parked_fini(struct proxy *p)
{
	timer_fini(&p->parked_until);
	slab_fini(&p->parked_slab);
}

bool parked_take(struct client *c)
{
	struct proxy *p = c->proxy;
	struct parked *k;

	if (p->idle_ended || !client_rests(c, REST_MS))
		return false;
	k = slab_alloc(&p->parked_slab);
	k->proxy = p;
	k->until_ms = c->conn.timer.due_ms;
	if (list_empty(&p->parked))
		timer_set(&p->parked_until, k->until_ms - clock_coarse_ms());
	list_push_back(&p->parked, &k->link);
	metric_add(p->resting, 1);
	client_park(c, &k->watch, on_ready);
	request_trim_later(p);
	return true;
}

void parked_end(struct proxy *p)
{
	struct list *it, *tmp;

	LIST_EACH (it, tmp, &p->parked) {
		struct parked *k = LIST_ENTRY(it, struct parked, link);
		char byte;

		if (recv(k->watch.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0)
			wake(k);
		else
			end(k);
	}
}
