/* Traces that wait to be told: a bounded queue from any thread to one. */
#ifndef ROUTER_TRACING_QUEUE_H
#define ROUTER_TRACING_QUEUE_H

#include <pthread.h>
#include <stdbool.h>

#include "router/tracing/trace.h"

#define TRACE_QUEUE_ROOM 2048

struct trace_queue {
	pthread_mutex_t lock;
	struct trace *waiting[TRACE_QUEUE_ROOM]; /* a ring */
	size_t first, n;
};

void trace_queue_init(struct trace_queue *q);
void trace_queue_fini(struct trace_queue *q);

/* How many wait then, with this one, which is taken over; 0: there is no
 * room, and it stays the caller's. */
size_t trace_queue_put(struct trace_queue *q, struct trace *t);
/* The oldest, at most `max` of them, to their new owner. */
size_t trace_queue_take(struct trace_queue *q, struct trace **out, size_t max);
size_t trace_queue_length(struct trace_queue *q);

#endif
