#include "router/upgrade.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/stage.h"

struct seen {
	struct stage stage;
	struct upgrade upgrade;
	int times;
	pid_t process;
	bool serves;
	char why[128];
};

static void on_over(void *arg, pid_t process, const char *why)
{
	struct seen *s = arg;

	s->times++;
	s->process = process;
	s->serves = why == NULL;
	snprintf(s->why, sizeof(s->why), "%s", why ? why : "");
}

static void open_seen(struct seen *s)
{
	*s = (struct seen){0};
	stage_open(&s->stage);
	upgrade_init(&s->upgrade, &s->stage.loop, on_over, s);
}

static void close_seen(struct seen *s)
{
	upgrade_give_up(&s->upgrade);
	stage_close(&s->stage);
}

/* A shell stands for the next version; `fd` is its descriptor 3, and 4 says
 * that it is ready. */
static enum status begin(struct seen *s, const char *script, int fd,
			 uint64_t patience_ms)
{
	char *const argument[] = {(char *)"sh", (char *)"-c", (char *)script,
				  NULL};
	char *const environment[] = {(char *)"PATH=/bin:/usr/bin", NULL};
	const struct upgrade_start start = {
		.program = "/bin/sh",
		.argument = argument,
		.environment = environment,
		.fd = &fd,
		.n = 1,
		.patience_ms = patience_ms,
	};
	struct error err = {0};

	return upgrade_begin(&s->upgrade, &start, &err);
}

static void run(struct seen *s, const char *script, uint64_t patience_ms)
{
	open_seen(s);
	assert_int_equal(begin(s, script, 1, patience_ms), OK);
	assert_true(s->upgrade.process > 0);
	STAGE_UNTIL(&s->stage, s->times > 0);
	assert_int_equal(s->times, 1);
	assert_int_equal(s->upgrade.process, 0);
}

static void one_that_says_ready_takes_over_and_lives_on(void **unused)
{
	struct seen s;
	int status;

	(void)unused;
	run(&s, "printf r >&4; exec 4>&-; exec sleep 20", 10000);
	assert_true(s.serves);
	assert_int_equal(kill(s.process, SIGTERM), 0);
	assert_int_equal(waitpid(s.process, &status, 0), s.process);
	assert_true(WIFSIGNALED(status));
	close_seen(&s);
}

static void one_that_serves_hears_what_it_is_told(void **unused)
{
	struct seen s;
	int status;

	(void)unused;
	open_seen(&s);
	assert_false(upgrade_tell(&s.upgrade, SLICE("nobody\n")));
	close_seen(&s);
	run(&s,
	    "printf r >&4; until read -r line <&4; do sleep 0.02; done; "
	    "test \"$line\" = +worker-1",
	    10000);
	assert_true(upgrade_tell(&s.upgrade, SLICE("+worker-1\n")));
	assert_int_equal(waitpid(s.process, &status, 0), s.process);
	assert_int_equal(status, 0);
	/* It is no more. */
	assert_false(upgrade_tell(&s.upgrade, SLICE("+worker-2\n")));
	close_seen(&s);
}

static void one_that_ends_instead_is_told_with_its_status(void **unused)
{
	struct seen s;

	(void)unused;
	run(&s, "exit 3", 10000);
	assert_false(s.serves);
	assert_string_equal(s.why, "it ended with status 3");
	assert_int_equal(waitpid(s.process, NULL, 0), -1);
	close_seen(&s);
}

static void one_that_crashes_is_told_with_its_signal(void **unused)
{
	struct seen s;

	(void)unused;
	run(&s, "kill -SEGV $$", 10000);
	assert_false(s.serves);
	assert_string_equal(s.why, "it was ended by signal 11");
	close_seen(&s);
}

static void one_that_says_nothing_is_ended(void **unused)
{
	struct seen s;

	(void)unused;
	run(&s, "exec sleep 20", 50);
	assert_false(s.serves);
	assert_string_equal(s.why, "it was not ready in time");
	assert_int_equal(kill(s.process, 0), -1);
	close_seen(&s);
}

static void it_gets_the_descriptors_and_no_others(void **unused)
{
	char text[64] = "";
	struct seen s;
	int end[2], other;

	(void)unused;
	open_seen(&s);
	assert_int_equal(pipe(end), 0);
	other = dup(0); /* would be handed on by a plain fork and exec */
	assert_int_equal(begin(&s,
			       "test -e /dev/fd/3 && test -e /dev/fd/4 && "
			       "! test -e /dev/fd/5 && ! test -e /dev/fd/6 && "
			       "printf hello >&3 && printf r >&4",
			       end[1], 10000),
			 OK);
	STAGE_UNTIL(&s.stage, s.times > 0);
	assert_true(s.serves);
	assert_int_equal(read(end[0], text, sizeof(text)), 5);
	assert_string_equal(text, "hello");
	waitpid(s.process, NULL, 0);
	close(end[0]);
	close(end[1]);
	close(other);
	close_seen(&s);
}

static void one_that_is_given_up_is_ended_and_not_told(void **unused)
{
	struct seen s;
	pid_t process;

	(void)unused;
	open_seen(&s);
	assert_int_equal(begin(&s, "exec sleep 20", 1, 10000), OK);
	process = s.upgrade.process;
	upgrade_give_up(&s.upgrade);
	assert_int_equal(kill(process, 0), -1);
	assert_int_equal(s.times, 0);
	close_seen(&s);
}

static void a_program_that_is_not_there_is_a_fault(void **unused)
{
	char *const nothing[] = {NULL};
	const struct upgrade_start start = {
		.program = "/nonexistent/warmpath",
		.argument = nothing,
		.environment = nothing,
		.patience_ms = 1000,
	};
	struct error err = {0};
	struct seen s;

	(void)unused;
	open_seen(&s);
	assert_int_equal(upgrade_begin(&s.upgrade, &start, &err), ERR_IO);
	assert_non_null(strstr(err.text, "/nonexistent/warmpath: No such"));
	assert_int_equal(s.upgrade.process, 0);
	assert_int_equal(s.times, 0);
	close_seen(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_says_ready_takes_over_and_lives_on),
		cmocka_unit_test(one_that_serves_hears_what_it_is_told),
		cmocka_unit_test(one_that_ends_instead_is_told_with_its_status),
		cmocka_unit_test(one_that_crashes_is_told_with_its_signal),
		cmocka_unit_test(one_that_says_nothing_is_ended),
		cmocka_unit_test(it_gets_the_descriptors_and_no_others),
		cmocka_unit_test(one_that_is_given_up_is_ended_and_not_told),
		cmocka_unit_test(a_program_that_is_not_there_is_a_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
