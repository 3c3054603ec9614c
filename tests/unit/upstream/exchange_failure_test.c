#include "router/upstream/exchange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "tests/unit/abort.h"
#include "tests/unit/upstream/play.h"

static void assert_fails(const char *answer, enum exchange_failure why)
{
	struct play p;
	struct call c;

	play_open(&p);
	call_begin(&c, &p);
	close(play_say(&p, answer));
	call_assert_failed(&c, why);
	assert_int_equal(pool_idle(p.pool), 0);
	call_end(&c);
	play_close(&p);
}

/* The same, but the worker does not end: the gateway must. */
static void assert_is_closed_on(const char *answer, enum exchange_failure why)
{
	struct play p;
	struct call c;
	int fd;

	play_open(&p);
	call_begin(&c, &p);
	fd = play_say(&p, answer);
	call_assert_failed(&c, why);
	assert_true(play_is_closed(&p, fd));
	call_end(&c);
	close(fd);
	play_close(&p);
}

static void a_cut_answer_is_not_taken_for_a_whole_one(void **unused)
{
	(void)unused;
	assert_fails(PLAY_HEAD "content-length: 5\r\n\r\ngood", EXCHANGE_CUT);
	assert_fails(PLAY_HEAD "content-length: 5\r\n\r\n", EXCHANGE_CUT);
	assert_fails(PLAY_HEAD
		     "transfer-encoding: chunked\r\n\r\n4\r\ngood\r\n",
		     EXCHANGE_CUT);
	assert_fails(PLAY_HEAD
		     "transfer-encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\n",
		     EXCHANGE_CUT);
	assert_fails(PLAY_HEAD "content-le", EXCHANGE_RESET);
	assert_fails("", EXCHANGE_RESET);
}

static void what_is_no_answer_is_malformed(void **unused)
{
	(void)unused;
	assert_is_closed_on("nonsense\r\n\r\n", EXCHANGE_BAD);
	assert_is_closed_on("HTTP/1.1 banana\r\n\r\n", EXCHANGE_BAD);
	assert_is_closed_on(PLAY_HEAD "content-length: 1\r\n"
				      "content-length: 2\r\n\r\n",
			    EXCHANGE_BAD);
	assert_is_closed_on(PLAY_HEAD
			    "transfer-encoding: chunked\r\n\r\nxyz\r\n",
			    EXCHANGE_BAD);
	assert_is_closed_on("HTTP/1.1 101 Switching Protocols\r\n\r\n",
			    EXCHANGE_BAD);
}

static void a_head_over_its_bound_is_malformed(void **unused)
{
	static char many[8000];

	(void)unused;
	memset(many, 'h', sizeof(many) - 1);
	memcpy(many, PLAY_HEAD "x: ", strlen(PLAY_HEAD "x: "));
	assert_is_closed_on(many, EXCHANGE_BAD);
}

/* Its length is not known, so only an orderly end makes it whole. */
static void an_answer_until_close_that_is_reset_is_cut(void **unused)
{
	struct play p;
	struct call c;

	(void)unused;
	play_open(&p);
	call_begin(&c, &p);
	tcp_break(play_say(&p, PLAY_HEAD "\r\nuntil"));
	call_assert_failed(&c, EXCHANGE_CUT);
	assert_int_equal(buf_len(&c.body), 5);
	call_end(&c);
	play_close(&p);
}

static void a_fresh_connection_that_dies_is_told(void **unused)
{
	struct play p;
	struct call c;
	int fd;

	(void)unused;
	play_open(&p);
	fd = play_warm(&p);
	call_begin(&c, &p);
	play_hear(&p, fd, PLAY_REQUEST);
	close(fd);
	close(play_serve(&p));
	call_assert_failed(&c, EXCHANGE_RESET);
	assert_int_equal(play_accept_now(&p), -1);
	call_end(&c);
	play_close(&p);
}

/* The idle one stays as it is, and what dies is not tried anew. */
static void what_must_not_arrive_twice_has_a_connection_of_its_own(
	void **unused)
{
	struct call c = {.ex.once = true};
	struct play p;
	int idle, fd;

	(void)unused;
	play_open(&p);
	idle = play_warm(&p);
	c.play = &p;
	call_start(&c);
	fd = play_serve(&p);
	assert_int_equal(pool_idle(p.pool), 1);
	close(fd);
	call_assert_failed(&c, EXCHANGE_RESET);
	assert_int_equal(play_accept_now(&p), -1);
	call_end(&c);
	close(idle);
	play_close(&p);
}

static void a_pooled_connection_that_gave_a_byte_is_not_replaced(void **unused)
{
	struct play p;
	struct call c;
	int fd;

	(void)unused;
	play_open(&p);
	fd = play_warm(&p);
	call_begin(&c, &p);
	play_hear(&p, fd, PLAY_REQUEST);
	tcp_say(fd, "H");
	close(fd);
	call_assert_failed(&c, EXCHANGE_RESET);
	assert_int_equal(play_accept_now(&p), -1);
	call_end(&c);
	play_close(&p);
}

static void a_refused_connect_is_told_from_the_loop(void **unused)
{
	struct play p;
	struct call c;

	(void)unused;
	for (int at_once = 0; at_once < 2; at_once++) {
		play_open(&p);
		play_refuse(&p, at_once);
		call_begin(&c, &p);
		assert_int_equal(c.failures, 0);
		assert_false(exchange_is_over(&c.ex));
		call_assert_failed(&c, EXCHANGE_CONNECT);
		call_end(&c);
		play_close(&p);
	}
}

static void a_refused_connect_that_is_cancelled_is_not_told(void **unused)
{
	struct play p;
	struct call c;

	(void)unused;
	for (int at_once = 0; at_once < 2; at_once++) {
		play_open(&p);
		play_refuse(&p, at_once);
		call_begin(&c, &p);
		exchange_cancel(&c.ex);
		assert_true(exchange_is_over(&c.ex));
		stage_settle(&p.stage);
		assert_int_equal(c.failures, 0);
		call_end(&c);
		play_close(&p);
	}
}

static void a_failed_exchange_may_start_again_at_once(void **unused)
{
	struct play p;
	struct call c;

	(void)unused;
	for (int at_once = 0; at_once < 2; at_once++) {
		play_open(&p);
		play_refuse(&p, at_once);
		call_begin(&c, &p);
		c.act = PLAY_RESTART_WHEN_FAILED;
		STAGE_UNTIL(&p.stage, c.failures == 2);
		assert_true(exchange_is_over(&c.ex));
		call_end(&c);
		play_close(&p);
	}
}

/* Nobody accepts and the backlog is full: no connect goes through. */
static void a_connect_that_hangs_is_given_up(void **unused)
{
	int filler[3];
	struct play p;
	struct call c;

	(void)unused;
	play_open(&p);
	p.limits.timeouts.connect = 30;
	pool_set_limits(p.pool, &p.limits);
	assert_int_equal(listen(p.listener, 0), 0);
	for (int i = 0; i < 3; i++)
		filler[i] = addr_connect(&p.at);
	call_begin(&c, &p);
	call_assert_failed(&c, EXCHANGE_CONNECT_SLOW);
	call_end(&c);
	for (int i = 0; i < 3; i++)
		close(filler[i]);
	play_close(&p);
}

static void no_byte_in_time_is_told(void **unused)
{
	struct play p;
	struct call c;
	int fd;

	(void)unused;
	play_open(&p);
	p.limits.timeouts.first_byte = 40;
	pool_set_limits(p.pool, &p.limits);
	call_begin(&c, &p);
	fd = play_serve(&p);
	call_assert_failed(&c, EXCHANGE_FIRST_SLOW);
	assert_true(play_is_closed(&p, fd));
	call_end(&c);
	close(fd);
	play_close(&p);
}

/* Not over before the worker has taken the request, on a busy machine too. */
#define SLEPT_MS 400

/* Nobody can tell whether it was silent. */
static void a_time_out_that_we_slept_through_is_not_the_workers(void **unused)
{
	struct play p;
	struct call c;
	int fd;

	(void)unused;
	play_open(&p);
	p.limits.timeouts.first_byte = SLEPT_MS;
	pool_set_limits(p.pool, &p.limits);
	call_begin(&c, &p);
	fd = play_serve(&p);
	usleep((SLEPT_MS + TIMER_LATE_MS + 100) * 1000);
	stage_settle(&p.stage);
	assert_int_equal(c.failures, 0);
	tcp_say(fd, PLAY_ANSWER);
	call_assert_answered(&c, "good");
	call_end(&c);
	close(fd);
	play_close(&p);
}

static void it_is_excused_once_only(void **unused)
{
	struct play p;
	struct call c;
	int fd;

	(void)unused;
	play_open(&p);
	p.limits.timeouts.first_byte = SLEPT_MS;
	pool_set_limits(p.pool, &p.limits);
	call_begin(&c, &p);
	fd = play_serve(&p);
	usleep((SLEPT_MS + TIMER_LATE_MS + 100) * 1000);
	call_assert_failed(&c, EXCHANGE_FIRST_SLOW);
	call_end(&c);
	close(fd);
	play_close(&p);
}

/* How long a worker is waited for that is to begin within 400 ms, and ends
 * its head after 300. */
static uint64_t wait_behind_a_head(void)
{
	uint64_t start_ms, waited_ms;
	struct call c;
	struct play p;
	int fd;

	play_open(&p);
	c = (struct call){.play = &p, .ex = {.first_byte_ms = 400}};
	call_start(&c);
	fd = play_say(&p, PLAY_HEAD "content-length: 4\r\n");
	start_ms = clock_ms();
	while (clock_ms() - start_ms < 300)
		stage_settle(&p.stage);
	tcp_say(fd, "\r\n");
	call_assert_failed(&c, EXCHANGE_FIRST_SLOW);
	waited_ms = clock_ms() - start_ms;
	assert_int_equal(c.heads, 1);
	call_end(&c);
	close(fd);
	play_close(&p);
	return waited_ms;
}

/* Engines send the head when they take a request, not when they begin. A
 * machine that stalls in one try does not in all. */
static void a_head_alone_is_no_first_byte(void **unused)
{
	uint64_t least_ms = UINT64_MAX;

	(void)unused;
	for (int i = 0; i < 20 && least_ms >= 650; i++) {
		uint64_t ms = wait_behind_a_head();

		least_ms = ms < least_ms ? ms : least_ms;
	}
	assert_in_range(least_ms, 300, 649);
}

static void an_exchanges_own_patience_comes_first(void **unused)
{
	struct call c;
	struct play p;
	int fd;

	(void)unused;
	play_open(&p);
	c = (struct call){.play = &p, .ex = {.first_byte_ms = 20}};
	call_start(&c);
	fd = play_serve(&p);
	call_assert_failed(&c, EXCHANGE_FIRST_SLOW);
	assert_int_equal(c.ex.first_byte_ms, 20);
	call_end(&c);
	close(fd);
	play_close(&p);
}

static void silence_in_the_middle_is_told(void **unused)
{
	struct play p;
	struct call c;
	int fd;

	(void)unused;
	play_open(&p);
	p.limits.timeouts.between_bytes = 40;
	pool_set_limits(p.pool, &p.limits);
	call_begin(&c, &p);
	fd = play_say(&p, PLAY_HEAD "content-length: 9\r\n\r\ngood");
	call_assert_failed(&c, EXCHANGE_BETWEEN_SLOW);
	assert_int_equal(buf_len(&c.body), 4);
	assert_true(play_is_closed(&p, fd));
	call_end(&c);
	close(fd);
	play_close(&p);
}

/* It waits for us: nor does the silence while we did not listen count. */
static void silence_while_paused_does_not_count(void **unused)
{
	uint64_t start_ms, resumed_ms;
	struct play p;
	struct call c;
	int fd;

	(void)unused;
	play_open(&p);
	p.limits.timeouts.between_bytes = 200;
	pool_set_limits(p.pool, &p.limits);
	call_begin(&c, &p);
	c.act = PLAY_PAUSE_AT_BODY;
	fd = play_say(&p, PLAY_HEAD "content-length: 9\r\n\r\ngood");
	STAGE_UNTIL(&p.stage, c.bodies == 1);
	start_ms = clock_ms();
	while (clock_ms() - start_ms < 350)
		stage_settle(&p.stage);
	assert_int_equal(c.failures, 0);
	resumed_ms = clock_coarse_ms();
	exchange_resume(&c.ex);
	call_assert_failed(&c, EXCHANGE_BETWEEN_SLOW);
	assert_true(clock_coarse_ms() - resumed_ms >= 200);
	call_end(&c);
	close(fd);
	play_close(&p);
}

static void without_a_descriptor_it_is_not_the_workers_fault(void **unused)
{
	struct rlimit was, none;
	struct play p;
	struct call c;

	(void)unused;
	play_open(&p);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	none = was;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	call_begin(&c, &p);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	call_assert_failed(&c, EXCHANGE_NO_ROOM);
	call_end(&c);
	play_close(&p);
}

static void each_failure_has_its_own_name(void **unused)
{
	(void)unused;
	for (int a = EXCHANGE_CONNECT; a <= EXCHANGE_NO_ROOM; a++)
		for (int b = EXCHANGE_CONNECT; b < a; b++)
			assert_string_not_equal(exchange_failure_name(a),
						exchange_failure_name(b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_time_out_that_we_slept_through_is_not_the_workers),
		cmocka_unit_test(it_is_excused_once_only),
		cmocka_unit_test(a_cut_answer_is_not_taken_for_a_whole_one),
		cmocka_unit_test(what_is_no_answer_is_malformed),
		cmocka_unit_test(a_head_over_its_bound_is_malformed),
		cmocka_unit_test(an_answer_until_close_that_is_reset_is_cut),
		cmocka_unit_test(a_fresh_connection_that_dies_is_told),
		cmocka_unit_test(
			what_must_not_arrive_twice_has_a_connection_of_its_own),
		cmocka_unit_test(
			a_pooled_connection_that_gave_a_byte_is_not_replaced),
		cmocka_unit_test(a_refused_connect_is_told_from_the_loop),
		cmocka_unit_test(
			a_refused_connect_that_is_cancelled_is_not_told),
		cmocka_unit_test(a_failed_exchange_may_start_again_at_once),
		cmocka_unit_test(a_connect_that_hangs_is_given_up),
		cmocka_unit_test(no_byte_in_time_is_told),
		cmocka_unit_test(a_head_alone_is_no_first_byte),
		cmocka_unit_test(an_exchanges_own_patience_comes_first),
		cmocka_unit_test(silence_in_the_middle_is_told),
		cmocka_unit_test(silence_while_paused_does_not_count),
		cmocka_unit_test(
			without_a_descriptor_it_is_not_the_workers_fault),
		cmocka_unit_test(each_failure_has_its_own_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
