#include "router/upstream/exchange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "tests/unit/abort.h"
#include "tests/unit/upstream/play.h"

/* What comes of an answer, after which the worker ends its side. */
static void assert_becomes(const char *answer, const char *body)
{
	struct play p;
	struct call c;

	play_open(&p);
	call_begin(&c, &p);
	close(play_say(&p, answer));
	call_assert_answered(&c, body);
	assert_int_equal(c.status, 200);
	stage_settle(&p.stage);
	assert_int_equal(pool_idle(p.pool), 0);
	call_end(&c);
	play_close(&p);
}

#define BODY_BYTES (8 << 20)

/* A request that no kernel takes at once. */
static void call_begin_large(struct call *c, struct play *p)
{
	static char body[BODY_BYTES];

	*c = (struct call){.play = p};
	c->send[0] = SLICE(
		"POST / HTTP/1.1\r\ncontent-length: 8388608\r\n\r\n");
	c->send[1] = (struct slice){body, sizeof(body)};
	memset(body, 'b', sizeof(body));
	call_start(c);
}

/* A worker that refuses the body need not read it. */
static void an_answer_before_the_request_is_out_is_taken(void **unused)
{
	struct play p;
	struct call c;
	int fd;

	(void)unused;
	play_open(&p);
	call_begin_large(&c, &p);
	fd = play_accept(&p);
	tcp_say(fd, "HTTP/1.1 413 No\r\ncontent-length: 3\r\n\r\nbig");
	call_assert_answered(&c, "big");
	assert_int_equal(c.status, 413);
	assert_true(play_is_closed(&p, fd));
	assert_int_equal(pool_idle(p.pool), 0);
	call_end(&c);
	close(fd);
	play_close(&p);
}

/* Closing with bytes unread resets the connection behind the answer. */
static void an_early_answer_is_not_lost_to_the_reset_behind_it(void **unused)
{
	struct play p;
	struct call c;
	int fd;

	(void)unused;
	play_open(&p);
	call_begin_large(&c, &p);
	fd = play_accept(&p);
	tcp_say(fd, "HTTP/1.1 413 No\r\ncontent-length: 3\r\n\r\nbig");
	tcp_break(fd);
	call_assert_answered(&c, "big");
	assert_int_equal(c.status, 413);
	call_end(&c);
	play_close(&p);
}

static void start_twice(void *arg)
{
	call_start(arg);
}

static void an_answer_may_be_framed_in_three_ways(void **unused)
{
	(void)unused;
	assert_becomes(PLAY_ANSWER, "good");
	assert_becomes(PLAY_HEAD "content-length: 0\r\n\r\n", "");
	assert_becomes(PLAY_HEAD "transfer-encoding: chunked\r\n\r\n"
				 "2\r\ngo\r\n2\r\nod\r\n0\r\n\r\n",
		       "good");
	assert_becomes(PLAY_HEAD "\r\nuntil close", "until close");
	assert_becomes("HTTP/1.1 100 Continue\r\n\r\n" PLAY_ANSWER, "good");
}

static void surplus_bytes_close_the_connection(void **unused)
{
	struct play p;
	struct call c;
	int fd;

	(void)unused;
	play_open(&p);
	call_begin(&c, &p);
	fd = play_say(&p, PLAY_ANSWER "!");
	call_assert_answered(&c, "good");
	assert_true(play_is_closed(&p, fd));
	assert_int_equal(pool_idle(p.pool), 0);
	call_end(&c);
	close(fd);
	play_close(&p);
}

static void a_connection_that_is_to_close_is_not_kept(void **unused)
{
	struct play p;
	struct call c;
	int fd;

	(void)unused;
	play_open(&p);
	call_begin(&c, &p);
	fd = play_say(&p, PLAY_HEAD
		      "connection: close\r\ncontent-length: 1\r\n\r\nx");
	call_assert_answered(&c, "x");
	assert_true(play_is_closed(&p, fd));
	call_end(&c);
	close(fd);
	play_close(&p);
}

/* They came before the next request went out: they are not its answer. */
static void bytes_that_nobody_asked_for_answer_nobody(void **unused)
{
	struct play p;
	struct call c;
	int fd, fresh;

	(void)unused;
	play_open(&p);
	fd = play_warm(&p);
	tcp_say(fd, PLAY_HEAD "content-length: 6\r\n\r\nothers");
	call_begin(&c, &p);
	fresh = play_say(&p, PLAY_ANSWER);
	call_assert_answered(&c, "good");
	assert_true(play_is_closed(&p, fd));
	call_end(&c);
	close(fd);
	close(fresh);
	play_close(&p);
}

static void a_closed_idle_connection_costs_the_owner_nothing(void **unused)
{
	struct play p;
	struct call c;
	int fresh;

	(void)unused;
	play_open(&p);
	close(play_warm(&p));
	assert_int_equal(pool_idle(p.pool), 1);
	call_begin(&c, &p);
	fresh = play_say(&p, PLAY_ANSWER);
	call_assert_answered(&c, "good");
	call_end(&c);
	close(fresh);
	play_close(&p);
}

/* The request had crossed the worker's end on the wire. */
static void a_pooled_connection_that_dies_is_replaced_unseen(void **unused)
{
	struct play p;
	struct call c;
	int fd, fresh;

	(void)unused;
	play_open(&p);
	for (int i = 0; i < 2; i++) {
		fd = play_warm(&p);
		call_begin(&c, &p);
		play_hear(&p, fd, PLAY_REQUEST);
		if (i == 0)
			close(fd);
		else
			tcp_break(fd);
		fresh = play_say(&p, PLAY_ANSWER);
		call_assert_answered(&c, "good");
		call_end(&c);
		close(fresh);
		STAGE_UNTIL(&p.stage, pool_idle(p.pool) == 0);
	}
	play_close(&p);
}

static void a_paused_answer_and_its_end_are_not_lost(void **unused)
{
	struct play p;
	struct call c;
	int fd;

	(void)unused;
	play_open(&p);
	call_begin(&c, &p);
	c.act = PLAY_PAUSE_AT_BODY;
	fd = play_say(&p, PLAY_HEAD "\r\none ");
	STAGE_UNTIL(&p.stage, c.bodies == 1);
	c.act = PLAY_WATCH;
	tcp_say(fd, "two ");
	stage_settle(&p.stage);
	tcp_say(fd, "three");
	close(fd);
	stage_settle(&p.stage);
	assert_int_equal(c.bodies, 1);
	exchange_resume(&c.ex);
	exchange_resume(&c.ex);
	call_assert_answered(&c, "one two three");
	call_end(&c);
	play_close(&p);
}

/* The engine's cancel is its connection's end. */
static void cancelling_closes_the_workers_connection_at_once(void **unused)
{
	struct play p;
	struct call c;
	bool ended;
	char byte;
	int fd;

	(void)unused;
	play_open(&p);
	call_begin(&c, &p);
	fd = play_serve(&p);
	exchange_cancel(&c.ex);
	tcp_hear(fd, &byte, 1, &ended);
	assert_true(ended);
	exchange_cancel(&c.ex);
	stage_settle(&p.stage);
	assert_int_equal(c.failures, 0);
	call_end(&c);
	close(fd);
	play_close(&p);
}

static void it_may_be_cancelled_from_within_its_events(void **unused)
{
	const enum play_act act[] = {PLAY_CANCEL_AT_HEAD, PLAY_CANCEL_AT_BODY};
	struct play p;
	struct call c;
	int fd;

	(void)unused;
	play_open(&p);
	for (int i = 0; i < 2; i++) {
		call_begin(&c, &p);
		c.act = act[i];
		fd = play_say(&p, PLAY_HEAD "transfer-encoding: chunked\r\n\r\n"
					    "2\r\ngo\r\n2\r\nod\r\n");
		STAGE_UNTIL(&p.stage, c.heads == 1);
		assert_true(play_is_closed(&p, fd));
		assert_int_equal(c.heads, 1);
		assert_int_equal(c.failures, 0);
		assert_int_equal(c.bodies, i);
		call_end(&c);
		close(fd);
	}
	play_close(&p);
}

static void it_may_start_again_from_within_its_last_event(void **unused)
{
	struct play p;
	struct call c;
	int fd;

	(void)unused;
	play_open(&p);
	call_begin(&c, &p);
	c.act = PLAY_RESTART_WHEN_COMPLETE;
	fd = play_say(&p, PLAY_ANSWER);
	STAGE_UNTIL(&p.stage, c.completes == 1);
	/* The connection was free by then; the answer was still there. */
	play_hear(&p, fd, PLAY_REQUEST);
	assert_int_equal(buf_len(&c.body), 4);
	assert_memory_equal(buf_slice(&c.body).p, "good", 4);
	tcp_say(fd, PLAY_HEAD "content-length: 5\r\n\r\nagain");
	STAGE_UNTIL(&p.stage, c.completes == 2);
	assert_int_equal(buf_len(&c.body), 9);
	assert_int_equal(c.failures, 0);
	call_end(&c);
	close(fd);
	play_close(&p);
}

/* Two whose workers answer in the same turn, and that start again in it. */
static void answer_both(struct play *p, struct call *c, int *fd)
{
	for (int i = 0; i < 2; i++) {
		call_begin(&c[i], p);
		fd[i] = play_serve(p);
	}
	for (int i = 0; i < 2; i++) {
		c[i].act = PLAY_RESTART_WHEN_COMPLETE;
		tcp_say(fd[i], PLAY_ANSWER);
	}
	loop_turn(&p->stage.loop, false);
	assert_int_equal(c[0].completes + c[1].completes, 2);
}

static void requests_that_start_in_a_turn_are_out_at_its_end(void **unused)
{
	struct call c[2];
	struct play p;
	int fd[2];

	(void)unused;
	play_open(&p);
	answer_both(&p, c, fd);
	for (int i = 0; i < 2; i++) {
		assert_true(exchange_is_sent(&c[i].ex));
		play_hear(&p, fd[i], PLAY_REQUEST);
	}
	for (int i = 0; i < 2; i++) {
		tcp_say(fd[i], PLAY_ANSWER);
		call_until_over(&c[i]);
		call_end(&c[i]);
		close(fd[i]);
	}
	play_close(&p);
}

static void cancel_first(void *arg)
{
	struct call *c = arg;

	exchange_cancel(&c[0].ex);
}

/* Its connection is closed, and nothing was said on it. */
static void one_that_is_cancelled_in_its_turn_is_not_sent(void **unused)
{
	struct call c[2];
	struct play p;
	bool ended = false;
	char heard;
	int fd[2];

	(void)unused;
	play_open(&p);
	for (int i = 0; i < 2; i++) {
		call_begin(&c[i], &p);
		fd[i] = play_serve(&p);
	}
	c[0].act = PLAY_RESTART_WHEN_COMPLETE;
	c[1].act = PLAY_CALL_WHEN_COMPLETE;
	c[1].then = cancel_first;
	c[1].then_arg = c;
	tcp_say(fd[0], PLAY_ANSWER);
	tcp_say(fd[1], PLAY_ANSWER);
	loop_turn(&p.stage.loop, false);
	assert_int_equal(c[0].completes + c[1].completes, 2);
	assert_true(exchange_is_over(&c[0].ex));
	stage_settle(&p.stage);
	assert_int_equal(tcp_hear(fd[0], &heard, 1, &ended), 0);
	assert_true(ended);
	for (int i = 0; i < 2; i++) {
		call_end(&c[i]);
		close(fd[i]);
	}
	play_close(&p);
}

static void many_chunks_come_in_bundles_in_order(void **unused)
{
	enum { CHUNKS = 100 };
	char text[CHUNKS * 8 + 200] = PLAY_HEAD
		"transfer-encoding: chunked\r\n\r\n";
	struct play p;
	struct call c;
	int fd;

	(void)unused;
	for (int i = 0; i < CHUNKS; i++)
		sprintf(text + strlen(text), "2\r\n%02d\r\n", i);
	strcat(text, "0\r\n\r\n");
	play_open(&p);
	call_begin(&c, &p);
	fd = play_say(&p, text);
	call_until_over(&c);
	assert_int_equal(c.completes, 1);
	assert_true(c.bodies >= CHUNKS / EXCHANGE_MAX_PIECES);
	assert_int_equal(buf_len(&c.chunks), 0);
	assert_int_equal(buf_len(&c.body), CHUNKS * 2);
	for (int i = 0; i < CHUNKS; i++)
		assert_int_equal(buf_slice(&c.body).p[2 * i + 1], '0' + i % 10);
	assert_int_equal(pool_idle(p.pool), 1);
	call_end(&c);
	close(fd);
	play_close(&p);
}

/* One reading each; those with anything else are not told. */
static void chunks_that_come_whole_are_told_as_they_came(void **unused)
{
	const char *part[] = {"3\r\none\r\n", "3\r\nt",
			      "wo\r\n",       "1;x\r\n3\r\n",
			      "1\r\n4\r\n",   "1\r\n5\r\n1\r\n6\r\n",
			      "0\r\n\r\n"};
	const char *want = "3\r\none\r\n1\r\n4\r\n1\r\n5\r\n1\r\n6\r\n";
	struct play p;
	struct call c;
	int fd, bodies = 0;

	(void)unused;
	play_open(&p);
	call_begin(&c, &p);
	fd = play_say(&p, PLAY_HEAD "transfer-encoding: chunked\r\n\r\n");
	STAGE_UNTIL(&p.stage, c.heads == 1);
	for (size_t i = 0; i < ARRAY_LEN(part); i++) {
		bodies = c.bodies;
		tcp_say(fd, part[i]);
		STAGE_UNTIL(&p.stage, c.bodies > bodies);
	}
	call_assert_answered(&c, "onetwo3456");
	assert_int_equal(buf_len(&c.chunks), strlen(want));
	assert_memory_equal(buf_slice(&c.chunks).p, want, strlen(want));
	call_end(&c);
	close(fd);
	play_close(&p);
}

/* Some of them have been handed over by then: told as they came they would
 * be passed on twice. */
static void more_chunks_than_go_in_one_piece_are_not_told(void **unused)
{
	enum { CHUNKS = EXCHANGE_MAX_PIECES + 3 };
	char text[CHUNKS * 6 + 1] = "";
	struct play p;
	struct call c;
	int fd;

	(void)unused;
	for (int i = 0; i < CHUNKS; i++)
		strcat(text, "1\r\nx\r\n");
	play_open(&p);
	call_begin(&c, &p);
	fd = play_say(&p, PLAY_HEAD "transfer-encoding: chunked\r\n\r\n");
	STAGE_UNTIL(&p.stage, c.heads == 1);
	tcp_say(fd, text);
	STAGE_UNTIL(&p.stage, buf_len(&c.body) == CHUNKS);
	assert_int_equal(c.bodies, 2);
	assert_int_equal(buf_len(&c.chunks), 0);
	call_end(&c);
	close(fd);
	play_close(&p);
}

static void an_answer_to_a_head_request_has_no_body(void **unused)
{
	struct call c;
	struct play p;
	int fd;

	(void)unused;
	play_open(&p);
	c = (struct call){.play = &p, .ex = {.no_body = true}};
	call_start(&c);
	fd = play_say(&p, PLAY_HEAD "content-length: 99\r\n\r\n");
	call_assert_answered(&c, "");
	assert_int_equal(pool_idle(p.pool), 1);
	/* The next on this connection has one again. */
	c.ex.no_body = false;
	c.heads = c.completes = 0;
	call_start(&c);
	play_hear(&p, fd, PLAY_REQUEST);
	tcp_say(fd, PLAY_ANSWER);
	call_assert_answered(&c, "good");
	call_end(&c);
	close(fd);
	play_close(&p);
}

static void a_large_request_goes_out_whole(void **unused)
{
	static char heard[1 << 20];
	size_t n = 0;
	bool ended;
	struct play p;
	struct call c;
	int fd;

	(void)unused;
	play_open(&p);
	call_begin_large(&c, &p);
	fd = play_accept(&p);
	while (n < c.send[0].n + BODY_BYTES) {
		n += (size_t)tcp_hear(fd, heard, sizeof(heard), &ended);
		assert_false(ended);
		stage_settle(&p.stage);
	}
	assert_int_equal(n, c.send[0].n + BODY_BYTES);
	tcp_say(fd, PLAY_ANSWER);
	call_assert_answered(&c, "good");
	assert_int_equal(pool_idle(p.pool), 1);
	call_end(&c);
	close(fd);
	play_close(&p);
}

static void an_exchange_under_way_cannot_be_started(void **unused)
{
	struct play p;
	struct call c;

	(void)unused;
	play_open(&p);
	call_begin(&c, &p);
	assert_true(aborts(start_twice, &c));
	exchange_cancel(&c.ex);
	play_refuse(&p, true);
	call_start(&c);
	assert_true(aborts(start_twice, &c));
	call_end(&c);
	play_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_may_be_framed_in_three_ways),
		cmocka_unit_test(surplus_bytes_close_the_connection),
		cmocka_unit_test(a_connection_that_is_to_close_is_not_kept),
		cmocka_unit_test(bytes_that_nobody_asked_for_answer_nobody),
		cmocka_unit_test(
			a_closed_idle_connection_costs_the_owner_nothing),
		cmocka_unit_test(
			a_pooled_connection_that_dies_is_replaced_unseen),
		cmocka_unit_test(a_paused_answer_and_its_end_are_not_lost),
		cmocka_unit_test(
			cancelling_closes_the_workers_connection_at_once),
		cmocka_unit_test(it_may_be_cancelled_from_within_its_events),
		cmocka_unit_test(it_may_start_again_from_within_its_last_event),
		cmocka_unit_test(
			requests_that_start_in_a_turn_are_out_at_its_end),
		cmocka_unit_test(one_that_is_cancelled_in_its_turn_is_not_sent),
		cmocka_unit_test(many_chunks_come_in_bundles_in_order),
		cmocka_unit_test(chunks_that_come_whole_are_told_as_they_came),
		cmocka_unit_test(more_chunks_than_go_in_one_piece_are_not_told),
		cmocka_unit_test(an_answer_to_a_head_request_has_no_body),
		cmocka_unit_test(a_large_request_goes_out_whole),
		cmocka_unit_test(an_exchange_under_way_cannot_be_started),
		cmocka_unit_test(an_answer_before_the_request_is_out_is_taken),
		cmocka_unit_test(
			an_early_answer_is_not_lost_to_the_reset_behind_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
