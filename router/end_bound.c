#include "router/end_bound.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/log.h"

/* Whether it is told to stop before its time is over. */
static bool was_in_time(const struct end_bound *b)
{
	uint64_t now_ms = clock_ms(), until_ms = now_ms + b->ms;
	struct pollfd p = {.fd = b->fd, .events = POLLIN};

	while (now_ms < until_ms) {
		int n = poll(&p, 1, (int)(until_ms - now_ms));

		if (n > 0)
			return true;
		ASSERT(n == 0 || errno == EINTR);
		now_ms = clock_ms();
	}
	return false;
}

static void watch(void *arg)
{
	const struct end_bound *b = arg;

	if (was_in_time(b))
		return;
	log_warn("stop: what still waits for a name, a file or a peer after "
		 "%u s is left behind",
		 b->ms / 1000);
	log_stop();
	_exit(b->status);
}

void end_bound_start(struct end_bound *b, uint32_t ms, int status)
{
	*b = (struct end_bound){
		.fd = eventfd(0, EFD_CLOEXEC),
		.ms = ms,
		.status = status,
	};
	ASSERT(b->fd >= 0);
	thread_start(&b->thread, "end", watch, b);
}

void end_bound_stop(struct end_bound *b)
{
	uint64_t one = 1;

	ASSERT(write(b->fd, &one, sizeof(one)) == sizeof(one));
	thread_join(&b->thread);
	close(b->fd);
}
