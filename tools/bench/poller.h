/* epoll with a nanosecond time-out: the whole event loop of the load
 * generator and of its backend, so that the measuring programs cost as
 * little as they can. Level-triggered. One thread. */
#ifndef TOOLS_BENCH_POLLER_H
#define TOOLS_BENCH_POLLER_H

#include <stdbool.h>
#include <stdint.h>

#define POLLER_NEVER UINT64_MAX

struct poller;

struct polled {
	int fd; /* -1: not in the poller */
	bool want_write;
	/* May remove and free its owner, but nobody else's. */
	void (*ready)(struct polled *p, uint32_t events);
};

struct poller *poller_create(void);
void poller_destroy(struct poller **p);
void poller_add(struct poller *p, struct polled *d, int fd,
		void (*ready)(struct polled *p, uint32_t events));
void poller_want_write(struct poller *p, struct polled *d, bool want);
void poller_remove(struct poller *p, struct polled *d); /* closes it */

/* Waits until `until_ns` of clock_ns() at most, tells who is ready. */
void poller_turn(struct poller *p, uint64_t until_ns);

#endif
