#include "router/end_bound.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/log.h"

/* What a process tells and how it ends that goes through `end`. */
struct seen {
	char told[4096];
	int status;
};

static void see(void (*end)(struct end_bound *b), struct seen *out)
{
	int err[2], status;
	size_t n = 0;
	ssize_t got;
	pid_t child;

	assert_int_equal(pipe(err), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		const struct log_options o = {.level = LOG_INFO, .fd = err[1]};
		struct end_bound b;

		close(err[0]);
		log_start(&o);
		end(&b);
		log_stop();
		_exit(0);
	}
	close(err[1]);
	while ((got = read(err[0], out->told + n, sizeof(out->told) - 1 - n)) >
	       0)
		n += (size_t)got;
	out->told[n] = '\0';
	close(err[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	out->status = WEXITSTATUS(status);
}

static void wait_for_ever(struct end_bound *b)
{
	end_bound_start(b, 20, 7);
	log_info("the last word");
	pause();
}

static void what_waits_for_ever_is_left_behind_and_that_is_told(void **unused)
{
	struct seen s;

	(void)unused;
	see(wait_for_ever, &s);
	assert_int_equal(s.status, 7);
	assert_non_null(strstr(s.told, "the last word"));
	assert_non_null(strstr(s.told, "stop: what still waits"));
}

static void sleep_in_thread(void *arg)
{
	(void)arg;
	pause();
}

static void join_one_that_sleeps(struct end_bound *b)
{
	struct thread t;

	thread_start(&t, "sleeper", sleep_in_thread, NULL);
	end_bound_start(b, 20, 0);
	thread_join(&t);
	_exit(1);
}

static void a_thread_that_does_not_end_is_left_behind(void **unused)
{
	struct seen s;

	(void)unused;
	see(join_one_that_sleeps, &s);
	assert_int_equal(s.status, 0);
	assert_non_null(strstr(s.told, "is left behind"));
}

static void end_in_time(struct end_bound *b)
{
	end_bound_start(b, 600000, 7);
	end_bound_stop(b);
}

static void one_that_ends_in_time_ends_as_it_would(void **unused)
{
	struct seen s;

	(void)unused;
	see(end_in_time, &s);
	assert_int_equal(s.status, 0);
	assert_string_equal(s.told, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_waits_for_ever_is_left_behind_and_that_is_told),
		cmocka_unit_test(a_thread_that_does_not_end_is_left_behind),
		cmocka_unit_test(one_that_ends_in_time_ends_as_it_would),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
