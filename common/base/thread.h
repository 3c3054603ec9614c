/* Threads with names and without signals. */
#ifndef COMMON_BASE_THREAD_H
#define COMMON_BASE_THREAD_H

#include <pthread.h>

struct thread {
	pthread_t id;
	void (*run)(void *arg);
	void *arg;
	char name[16]; /* as top and ps show it */
};

/* All signals that others may send are blocked in the new thread. `t`
 * outlives it. */
void thread_start(struct thread *t, const char *name, void (*run)(void *arg),
		  void *arg);
void thread_join(struct thread *t);

#endif
