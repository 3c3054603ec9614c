#include "common/base/workq.h"

#include <stdio.h>

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "common/base/thread.h"

struct workq {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct job *first, **last;
	size_t depth;
	bool stopping;
	size_t n_threads;
	struct thread thread[];
};

static struct job *take(struct workq *q)
{
	struct job *j;

	pthread_mutex_lock(&q->lock);
	while (q->first == NULL && !q->stopping)
		pthread_cond_wait(&q->wake, &q->lock);
	j = q->first;
	if (j != NULL) {
		q->first = j->next;
		if (q->first == NULL)
			q->last = &q->first;
		q->depth--;
	}
	pthread_mutex_unlock(&q->lock);
	return j;
}

static void work(void *arg)
{
	struct workq *q = arg;
	struct job *j;

	while ((j = take(q)) != NULL) {
		j->run(j);
		mailbox_post(j->back_to, &j->mail);
	}
}

struct workq *workq_create(size_t threads)
{
	struct workq *q;
	char name[16];

	ASSERT(threads > 0 && threads <= 1024);
	q = mem_zalloc(sizeof(*q) + threads * sizeof(q->thread[0]));
	q->last = &q->first;
	q->n_threads = threads;
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->wake, NULL);
	for (size_t i = 0; i < threads; i++) {
		snprintf(name, sizeof(name), "helper-%zu", i % 10000);
		thread_start(&q->thread[i], name, work, q);
	}
	return q;
}

void workq_destroy(struct workq **qp)
{
	struct workq *q = *qp;

	if (q == NULL)
		return;
	pthread_mutex_lock(&q->lock);
	q->stopping = true;
	pthread_cond_broadcast(&q->wake);
	pthread_mutex_unlock(&q->lock);
	for (size_t i = 0; i < q->n_threads; i++)
		thread_join(&q->thread[i]);
	pthread_cond_destroy(&q->wake);
	pthread_mutex_destroy(&q->lock);
	mem_free(q);
	*qp = NULL;
}

void workq_post(struct workq *q, struct job *j)
{
	j->next = NULL;
	pthread_mutex_lock(&q->lock);
	ASSERT(!q->stopping);
	*q->last = j;
	q->last = &j->next;
	q->depth++;
	pthread_cond_signal(&q->wake);
	pthread_mutex_unlock(&q->lock);
}

size_t workq_depth(struct workq *q)
{
	size_t depth;

	pthread_mutex_lock(&q->lock);
	depth = q->depth;
	pthread_mutex_unlock(&q->lock);
	return depth;
}
