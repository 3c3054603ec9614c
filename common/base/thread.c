#include "common/base/thread.h"

#include <signal.h>
#include <stdio.h>

#include "common/base/assert.h"

static void *start(void *arg)
{
	struct thread *t = arg;

	t->run(t->arg);
	return NULL;
}

void thread_start(struct thread *t, const char *name, void (*run)(void *arg),
		  void *arg)
{
	sigset_t all, before;

	t->run = run;
	t->arg = arg;
	snprintf(t->name, sizeof(t->name), "%s", name);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ASSERT(pthread_create(&t->id, NULL, start, t) == 0);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_setname_np(t->id, t->name);
}

void thread_join(struct thread *t)
{
	ASSERT(pthread_join(t->id, NULL) == 0);
}
