#include "router/upstream/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/abort.h"
#include "tests/unit/upstream/play.h"

static void a_connection_waits_for_the_next_exchange(void **unused)
{
	struct play p;
	struct call c;
	int fd;

	(void)unused;
	play_open(&p);
	fd = play_warm(&p);
	assert_int_equal(pool_idle(p.pool), 1);
	call_begin(&c, &p);
	assert_int_equal(pool_idle(p.pool), 0);
	play_hear(&p, fd, PLAY_REQUEST);
	tcp_say(fd, PLAY_ANSWER);
	call_assert_answered(&c, "good");
	assert_int_equal(pool_idle(p.pool), 1);
	assert_int_equal(play_accept_now(&p), -1);
	call_end(&c);
	close(fd);
	play_close(&p);
}

static void the_newest_connection_is_used_first(void **unused)
{
	struct call a, b, next;
	int fd_a, fd_b;
	struct play p;

	(void)unused;
	play_open(&p);
	call_begin(&a, &p);
	fd_a = play_serve(&p);
	call_begin(&b, &p);
	fd_b = play_serve(&p);
	tcp_say(fd_b, PLAY_ANSWER);
	call_assert_answered(&b, "good");
	tcp_say(fd_a, PLAY_ANSWER);
	call_assert_answered(&a, "good");
	assert_int_equal(pool_idle(p.pool), 2);
	call_begin(&next, &p);
	play_hear(&p, fd_a, PLAY_REQUEST);
	call_end(&next);
	call_end(&a);
	call_end(&b);
	close(fd_a);
	close(fd_b);
	play_close(&p);
}

static void an_idle_connection_is_closed_in_time(void **unused)
{
	struct play p;
	int fd;

	(void)unused;
	play_open(&p);
	p.limits.timeouts.pool_idle = 20;
	pool_set_limits(p.pool, &p.limits);
	fd = play_warm(&p);
	STAGE_UNTIL(&p.stage, pool_idle(p.pool) == 0);
	assert_true(play_is_closed(&p, fd));
	close(fd);
	play_close(&p);
}

static void connections_idle_already_are_closed_by_shorter_limits(void **unused)
{
	struct play p;
	int fd;

	(void)unused;
	play_open(&p);
	fd = play_warm(&p);
	p.limits.timeouts.pool_idle = 20;
	pool_set_limits(p.pool, &p.limits);
	assert_int_equal(pool_idle(p.pool), 1);
	STAGE_UNTIL(&p.stage, pool_idle(p.pool) == 0);
	assert_true(play_is_closed(&p, fd));
	close(fd);
	play_close(&p);
}

static void a_worker_that_closes_an_idle_connection_is_noticed(void **unused)
{
	struct play p;
	int fd;

	(void)unused;
	play_open(&p);
	fd = play_warm(&p);
	close(fd);
	STAGE_UNTIL(&p.stage, pool_idle(p.pool) == 0);
	fd = play_warm(&p);
	tcp_break(fd);
	STAGE_UNTIL(&p.stage, pool_idle(p.pool) == 0);
	play_close(&p);
}

static void a_worker_that_speaks_unasked_is_closed(void **unused)
{
	struct play p;
	int fd;

	(void)unused;
	play_open(&p);
	fd = play_warm(&p);
	tcp_say(fd, PLAY_ANSWER);
	assert_true(play_is_closed(&p, fd));
	assert_int_equal(pool_idle(p.pool), 0);
	close(fd);
	play_close(&p);
}

/* The kernel tells of both in one turn. While the first ends its exchange
 * and another begins, the loop has yet to pass on what it knows of the idle
 * one, which must not be lent. */
static void assert_not_lent(void (*spoil)(int fd))
{
	int fd, idle, fresh;
	struct play p;
	struct call c;

	play_open(&p);
	call_begin(&c, &p);
	fd = play_serve(&p);
	idle = play_warm(&p);
	assert_int_equal(pool_idle(p.pool), 1);
	c.act = PLAY_RESTART_WHEN_COMPLETE;
	tcp_say(fd, PLAY_HEAD "connection: close\r\n"
			      "content-length: 4\r\n\r\nmine");
	spoil(idle);
	STAGE_UNTIL(&p.stage, c.completes == 1);
	fresh = play_say(&p, PLAY_HEAD "content-length: 5\r\n\r\n, too");
	STAGE_UNTIL(&p.stage, c.completes == 2);
	assert_int_equal(buf_len(&c.body), 9);
	assert_memory_equal(buf_slice(&c.body).p, "mine, too", 9);
	assert_int_equal(c.failures, 0);
	assert_int_equal(pool_idle(p.pool), 1);
	call_end(&c);
	close(fd);
	close(fresh);
	play_close(&p);
}

static void speak(int fd)
{
	tcp_say(fd, PLAY_HEAD "content-length: 6\r\n\r\nothers");
	close(fd);
}

static void leave(int fd)
{
	close(fd);
}

static void a_connection_that_has_spoken_unasked_is_not_lent(void **unused)
{
	(void)unused;
	assert_not_lent(speak);
}

static void a_connection_that_has_ended_is_not_lent(void **unused)
{
	(void)unused;
	assert_not_lent(leave);
	assert_not_lent(tcp_break);
}

static void workers_do_not_share_connections(void **unused)
{
	struct worker *first;
	struct play p;
	struct call c;
	int fd, other;

	(void)unused;
	play_open(&p);
	fd = play_warm(&p);
	first = p.worker;
	p.worker = play_worker(&p.at, 8);
	call_begin(&c, &p);
	other = play_serve(&p);
	assert_int_equal(pool_idle(p.pool), 1);
	tcp_say(other, PLAY_ANSWER);
	call_assert_answered(&c, "good");
	assert_int_equal(pool_idle(p.pool), 2);
	call_end(&c);
	worker_unref(&first);
	close(fd);
	close(other);
	play_close(&p);
}

static void only_so_many_idle_connections_are_kept(void **unused)
{
	enum { MANY = 260, KEPT = 256 };
	static struct call c[MANY];
	static int fd[MANY];
	struct play p;

	(void)unused;
	play_open(&p);
	for (int i = 0; i < MANY; i++) {
		call_begin(&c[i], &p);
		fd[i] = play_serve(&p);
	}
	for (int i = 0; i < MANY; i++) {
		tcp_say(fd[i], PLAY_ANSWER);
		call_assert_answered(&c[i], "good");
	}
	assert_int_equal(pool_idle(p.pool), KEPT);
	assert_false(play_is_closed(&p, fd[KEPT - 1]));
	assert_true(play_is_closed(&p, fd[KEPT]));
	for (int i = 0; i < MANY; i++) {
		call_end(&c[i]);
		close(fd[i]);
	}
	STAGE_UNTIL(&p.stage, pool_idle(p.pool) == 0);
	play_close(&p);
}

static void a_pool_that_goes_closes_what_is_idle(void **unused)
{
	struct pool *none = NULL;
	struct play p;
	int fd;

	(void)unused;
	pool_destroy(&none);
	play_open(&p);
	fd = play_warm(&p);
	play_close(&p);
	assert_int_equal(recv(fd, &p, 1, 0), 0);
	close(fd);
}

static void destroy(void *arg)
{
	struct pool *pool = arg;

	pool_destroy(&pool);
}

static void a_pool_in_use_cannot_go(void **unused)
{
	struct play p;
	struct call c;
	int fd;

	(void)unused;
	play_open(&p);
	call_begin(&c, &p);
	fd = play_serve(&p);
	assert_true(aborts(destroy, p.pool));
	call_end(&c);
	close(fd);
	play_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_waits_for_the_next_exchange),
		cmocka_unit_test(the_newest_connection_is_used_first),
		cmocka_unit_test(an_idle_connection_is_closed_in_time),
		cmocka_unit_test(
			connections_idle_already_are_closed_by_shorter_limits),
		cmocka_unit_test(
			a_worker_that_closes_an_idle_connection_is_noticed),
		cmocka_unit_test(a_worker_that_speaks_unasked_is_closed),
		cmocka_unit_test(
			a_connection_that_has_spoken_unasked_is_not_lent),
		cmocka_unit_test(a_connection_that_has_ended_is_not_lent),
		cmocka_unit_test(workers_do_not_share_connections),
		cmocka_unit_test(only_so_many_idle_connections_are_kept),
		cmocka_unit_test(a_pool_that_goes_closes_what_is_idle),
		cmocka_unit_test(a_pool_in_use_cannot_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
