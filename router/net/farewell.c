#include "router/net/farewell.h"

#include <sys/socket.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"

#define LINGER_MS 200
/* Of a request that nobody looks at. */
#define READ_BYTES 4096
#define MAX_READS  16

static void end(int fd)
{
	char unread[READ_BYTES];

	for (int i = 0; i < MAX_READS; i++)
		if (recv(fd, unread, sizeof(unread), MSG_DONTWAIT) <= 0)
			break;
	close(fd);
}

static void end_first(struct farewell *f)
{
	end(f->fd[f->first]);
	f->first = (f->first + 1) % FAREWELL_ROOM;
	f->n--;
}

static void on_time(void *arg)
{
	struct farewell *f = arg;
	uint64_t now_ms = clock_ms();

	while (f->n > 0 && f->until_ms[f->first] <= now_ms)
		end_first(f);
	if (f->n > 0)
		timer_set(&f->timer, f->until_ms[f->first] - now_ms);
}

void farewell_init(struct farewell *f, struct loop *l)
{
	*f = (struct farewell){0};
	timer_init(&f->timer, l, on_time, f);
}

void farewell_fini(struct farewell *f)
{
	while (f->n > 0)
		end_first(f);
	timer_fini(&f->timer);
}

void farewell_say(struct farewell *f, int fd, struct slice answer, bool linger)
{
	size_t at;

	if (send(fd, answer.p, answer.n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_debug("net: a client was turned away without a word");
	shutdown(fd, SHUT_WR);
	if (!linger) {
		end(fd);
		return;
	}
	if (f->n == FAREWELL_ROOM)
		end_first(f);
	at = (f->first + f->n++) % FAREWELL_ROOM;
	f->fd[at] = fd;
	f->until_ms[at] = clock_ms() + LINGER_MS;
	if (f->timer.due_ms == 0)
		timer_set(&f->timer, LINGER_MS);
}
