#include "common/base/thread.h"

#include <signal.h>
#include <stdio.h>

#include "common/base/assert.h"
#include "common/base/attr.h"

static void *start(void *arg)
{
	struct thread *t = arg;

	t->run(t->arg);
	return NULL;
}

/* Those by which a thread is told of its own fault stay: blocked, they would
 * end the program before a sanitizer or a debugger could say where. */
static void all_from_others(sigset_t *out)
{
	static const int own[] = {SIGSEGV, SIGBUS,  SIGFPE,
				  SIGILL,  SIGABRT, SIGTRAP};

	sigfillset(out);
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		sigdelset(out, own[i]);
}

void thread_start(struct thread *t, const char *name, void (*run)(void *arg),
		  void *arg)
{
	sigset_t others, before;

	t->run = run;
	t->arg = arg;
	snprintf(t->name, sizeof(t->name), "%s", name);
	all_from_others(&others);
	pthread_sigmask(SIG_SETMASK, &others, &before);
	ASSERT(pthread_create(&t->id, NULL, start, t) == 0);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_setname_np(t->id, t->name);
}

void thread_join(struct thread *t)
{
	ASSERT(pthread_join(t->id, NULL) == 0);
}
