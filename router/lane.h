/* A lane: one thread with its loop, listeners and proxy. */
#ifndef ROUTER_LANE_H
#define ROUTER_LANE_H

#include "router/proxy/proxy.h"

struct lane;

struct lane_options {
	unsigned number;
	int *listen_fd; /* taken over; n of them */
	size_t n_listen;
	/* Of `proxy`, the loop, mailbox and drained are the lane's own. */
	struct proxy_options proxy;
	/* From the lane's thread, once it is empty after lane_drain. */
	void (*drained)(void *arg);
	void *arg;
};

/* Starts the thread; holds the fleet by itself. */
struct lane *lane_create(const struct lane_options *o, struct fleet *f);
/* Stops the thread, cutting what is open. */
void lane_destroy(struct lane **l);

/* From the main thread. */
void lane_set_fleet(struct lane *l, struct fleet *f);
void lane_drain(struct lane *l, uint64_t deadline_ms);

#endif
