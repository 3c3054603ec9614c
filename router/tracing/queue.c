#include "router/tracing/queue.h"

#include "common/base/assert.h"

void trace_queue_init(struct trace_queue *q)
{
	q->first = q->n = 0;
	ASSERT(pthread_mutex_init(&q->lock, NULL) == 0);
}

void trace_queue_fini(struct trace_queue *q)
{
	struct trace *t;

	while (trace_queue_take(q, &t, 1) > 0)
		trace_destroy(&t);
	pthread_mutex_destroy(&q->lock);
}

size_t trace_queue_put(struct trace_queue *q, struct trace *t)
{
	size_t n = 0;

	pthread_mutex_lock(&q->lock);
	if (q->n < TRACE_QUEUE_ROOM) {
		q->waiting[(q->first + q->n) % TRACE_QUEUE_ROOM] = t;
		n = ++q->n;
	}
	pthread_mutex_unlock(&q->lock);
	return n;
}

size_t trace_queue_take(struct trace_queue *q, struct trace **out, size_t max)
{
	size_t n = 0;

	pthread_mutex_lock(&q->lock);
	for (; n < max && q->n > 0; n++, q->n--) {
		out[n] = q->waiting[q->first];
		q->first = (q->first + 1) % TRACE_QUEUE_ROOM;
	}
	pthread_mutex_unlock(&q->lock);
	return n;
}

size_t trace_queue_length(struct trace_queue *q)
{
	size_t n;

	pthread_mutex_lock(&q->lock);
	n = q->n;
	pthread_mutex_unlock(&q->lock);
	return n;
}
