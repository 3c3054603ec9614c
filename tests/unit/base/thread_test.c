#include "common/base/thread.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct seen {
	char name[16];
	sigset_t blocked;
	pthread_t id;
};

static void look(void *arg)
{
	struct seen *s = arg;

	s->id = pthread_self();
	pthread_sigmask(SIG_SETMASK, NULL, &s->blocked);
}

static void it_runs_elsewhere_with_signals_blocked(void **unused)
{
	struct seen s;
	struct thread t;

	(void)unused;
	thread_start(&t, "looker", look, &s);
	thread_join(&t);
	assert_false(pthread_equal(s.id, pthread_self()));
	assert_true(sigismember(&s.blocked, SIGTERM));
	assert_true(sigismember(&s.blocked, SIGHUP));
	assert_true(sigismember(&s.blocked, SIGPIPE));
}

/* A sanitizer's report depends on it. */
static void its_own_faults_are_told_to_it(void **unused)
{
	struct seen s;
	struct thread t;

	(void)unused;
	thread_start(&t, "looker", look, &s);
	thread_join(&t);
	assert_false(sigismember(&s.blocked, SIGSEGV));
	assert_false(sigismember(&s.blocked, SIGBUS));
	assert_false(sigismember(&s.blocked, SIGFPE));
	assert_false(sigismember(&s.blocked, SIGABRT));
}

static void the_callers_signals_stay_as_they_were(void **unused)
{
	sigset_t before, after;
	struct thread t;
	struct seen s;

	(void)unused;
	pthread_sigmask(SIG_SETMASK, NULL, &before);
	thread_start(&t, "looker", look, &s);
	thread_join(&t);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	assert_int_equal(sigismember(&before, SIGTERM),
			 sigismember(&after, SIGTERM));
	assert_false(sigismember(&after, SIGUSR1));
}

static void a_long_name_is_cut(void **unused)
{
	struct thread t;
	struct seen s;

	(void)unused;
	thread_start(&t, "a-name-that-is-too-long-for-the-kernel", look, &s);
	thread_join(&t);
	assert_string_equal(t.name, "a-name-that-is-");
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void wait_at_the_gate(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
}

static void top_shows_its_name(void **unused)
{
	struct thread t;
	char name[16] = "";

	(void)unused;
	pthread_mutex_lock(&gate);
	thread_start(&t, "lane-7", wait_at_the_gate, NULL);
	pthread_getname_np(t.id, name, sizeof(name));
	pthread_mutex_unlock(&gate);
	thread_join(&t);
	assert_string_equal(name, "lane-7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_runs_elsewhere_with_signals_blocked),
		cmocka_unit_test(its_own_faults_are_told_to_it),
		cmocka_unit_test(the_callers_signals_stay_as_they_were),
		cmocka_unit_test(a_long_name_is_cut),
		cmocka_unit_test(top_shows_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
