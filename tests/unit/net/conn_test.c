#include "router/net/conn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "tests/unit/abort.h"
#include "tests/unit/stage.h"
#include "tests/unit/tcp.h"

#define STALL_MS 60000

/* One connection and what its owner was told. */
struct seen {
	struct conn conn;
	struct stage stage;
	int peer;
	struct buf bytes, heard;
	int drained, deadlines;
	bool ended, pause, answer, peer_saw_end;
	int peer_err;
	enum conn_end how;
};

static void say(struct seen *s, struct slice a, struct slice b)
{
	const struct slice piece[] = {a, b};

	conn_write(&s->conn, piece, 2);
}

static void on_bytes(void *arg, struct slice bytes)
{
	struct seen *s = arg;

	assert_false(s->ended);
	buf_append(&s->bytes, bytes);
	if (s->pause)
		conn_pause(&s->conn);
	if (!s->answer)
		return;
	say(s, SLICE("ans"), SLICE("wer"));
	conn_finish(&s->conn);
}

static void on_drained(void *arg)
{
	struct seen *s = arg;

	assert_int_equal(conn_queued(&s->conn), 0);
	s->drained++;
}

static void on_deadline(void *arg)
{
	struct seen *s = arg;

	s->deadlines++;
}

static void on_ended(void *arg, enum conn_end how)
{
	struct seen *s = arg;

	assert_false(s->ended);
	s->ended = true;
	s->how = how;
}

static const struct conn_events events = {on_bytes, on_drained, on_deadline,
					  on_ended};

static void open_seen(struct seen *s, uint64_t stall_ms)
{
	int ours;

	*s = (struct seen){0};
	stage_open(&s->stage);
	tcp_pair(&ours, &s->peer);
	tcp_narrow(ours, s->peer);
	conn_open(&s->conn, &s->stage.loop, ours, stall_ms, &events, s);
	stage_settle(&s->stage);
}

static void close_seen(struct seen *s)
{
	conn_close(&s->conn);
	conn_close(&s->conn);
	stage_settle(&s->stage);
	buf_fini(&s->bytes);
	buf_fini(&s->heard);
	if (s->peer >= 0)
		close(s->peer);
	stage_close(&s->stage);
}

/* What the peer can hear now. */
static void hear(struct seen *s)
{
	ssize_t n;

	do {
		char *at = buf_reserve(&s->heard, 65536);

		n = tcp_hear(s->peer, at, 65536, &s->peer_saw_end);
		if (n > 0)
			buf_commit(&s->heard, (size_t)n);
		if (n < 0)
			s->peer_err = errno;
	} while (n > 0);
}

static void assert_heard(struct seen *s, const char *want)
{
	while (!s->peer_saw_end) {
		hear(s);
		stage_settle(&s->stage);
	}
	assert_int_equal(s->peer_err, 0);
	assert_int_equal(buf_len(&s->heard), strlen(want));
	assert_memory_equal(buf_slice(&s->heard).p, want, strlen(want));
}

/* More than both kernels take. */
static size_t overfill(struct seen *s)
{
	static char many[2 << 20];
	const struct slice piece = {many, sizeof(many)};

	memset(many, 'm', sizeof(many));
	conn_write(&s->conn, &piece, 1);
	stage_settle(&s->stage);
	assert_true(conn_queued(&s->conn) > 0);
	return sizeof(many);
}

static void pieces_go_out_in_order(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s, STALL_MS);
	say(&s, SLICE("one "), SLICE("two "));
	say(&s, SLICE(""), SLICE("three"));
	assert_int_equal(conn_queued(&s.conn), 0);
	hear(&s);
	assert_int_equal(buf_len(&s.heard), 13);
	assert_memory_equal(buf_slice(&s.heard).p, "one two three", 13);
	assert_int_equal(s.drained, 0);
	close_seen(&s);
}

static void what_the_kernel_does_not_take_is_queued_then_drained(void **unused)
{
	struct seen s;
	size_t n;

	(void)unused;
	open_seen(&s, STALL_MS);
	n = overfill(&s);
	say(&s, SLICE("the "), SLICE("end"));
	assert_int_equal(s.drained, 0);
	while (s.drained == 0) {
		hear(&s);
		stage_turn(&s.stage);
	}
	while (buf_len(&s.heard) < n + 7)
		hear(&s);
	assert_int_equal(buf_len(&s.heard), n + 7);
	assert_memory_equal(buf_slice(&s.heard).p + n, "the end", 7);
	assert_int_equal(s.drained, 1);
	assert_false(s.ended);
	close_seen(&s);
}

static void finishing_sends_the_queue_then_ends_in_order(void **unused)
{
	struct seen s;
	size_t n;

	(void)unused;
	open_seen(&s, STALL_MS);
	n = overfill(&s);
	conn_finish(&s.conn);
	while (!s.peer_saw_end) {
		hear(&s);
		stage_settle(&s.stage);
	}
	assert_int_equal(s.peer_err, 0);
	assert_int_equal(buf_len(&s.heard), n);
	assert_false(s.ended);
	close(s.peer);
	s.peer = -1;
	STAGE_UNTIL(&s.stage, s.ended);
	assert_int_equal(s.how, CONN_FINISHED);
	assert_int_equal(s.drained, 0);
	close_seen(&s);
}

/* Closed at once, what it still sends would reset the connection and take
 * the answer with it. */
static void a_client_that_still_sends_gets_the_answer(void **unused)
{
	static char body[1 << 20];
	struct seen s;

	(void)unused;
	open_seen(&s, STALL_MS);
	s.answer = true;
	tcp_say(s.peer, "refuse me");
	STAGE_UNTIL(&s.stage, buf_len(&s.bytes) == 9);
	for (int i = 0; i < 8; i++) {
		send(s.peer, body, sizeof(body), MSG_DONTWAIT | MSG_NOSIGNAL);
		stage_settle(&s.stage);
	}
	assert_heard(&s, "answer");
	assert_int_equal(buf_len(&s.bytes), 9);
	assert_false(s.ended);
	close_seen(&s);
}

static void a_client_that_never_closes_is_let_go(void **unused)
{
	uint64_t start_ms = clock_ms();
	struct seen s;

	(void)unused;
	open_seen(&s, STALL_MS);
	s.answer = true;
	tcp_say(s.peer, "x");
	STAGE_UNTIL(&s.stage, s.ended);
	assert_int_equal(s.how, CONN_FINISHED);
	assert_true(clock_ms() - start_ms > 1000);
	close_seen(&s);
}

static void finishing_twice_is_once(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s, STALL_MS);
	say(&s, SLICE("a"), SLICE("b"));
	conn_finish(&s.conn);
	conn_finish(&s.conn);
	stage_settle(&s.stage);
	conn_finish(&s.conn);
	stage_settle(&s.stage);
	assert_heard(&s, "ab");
	assert_false(s.ended);
	close_seen(&s);
	conn_finish(&s.conn);
}

static void a_paused_connection_that_finishes_reads_on(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s, STALL_MS);
	s.pause = true;
	tcp_say(s.peer, "much");
	STAGE_UNTIL(&s.stage, buf_len(&s.bytes) == 4);
	tcp_say(s.peer, "more");
	stage_settle(&s.stage);
	conn_finish(&s.conn);
	stage_settle(&s.stage);
	assert_int_equal(buf_len(&s.bytes), 4);
	close(s.peer);
	s.peer = -1;
	STAGE_UNTIL(&s.stage, s.ended);
	assert_int_equal(s.how, CONN_FINISHED);
	close_seen(&s);
}

static void a_client_that_leaves_is_told_even_while_paused(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s, STALL_MS);
	conn_pause(&s.conn);
	close(s.peer);
	s.peer = -1;
	STAGE_UNTIL(&s.stage, s.ended);
	assert_int_equal(s.how, CONN_CLIENT_GONE);
	assert_false(sock_is_open(&s.conn.sock));
	close_seen(&s);
}

static void a_reset_is_told_even_while_paused(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s, STALL_MS);
	conn_pause(&s.conn);
	tcp_break(s.peer);
	s.peer = -1;
	STAGE_UNTIL(&s.stage, s.ended);
	assert_int_equal(s.how, CONN_CLIENT_GONE);
	close_seen(&s);
}

static void writing_to_a_client_that_left_is_told_later_and_once(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s, STALL_MS);
	tcp_break(s.peer);
	s.peer = -1;
	say(&s, SLICE("a"), SLICE("b"));
	say(&s, SLICE("c"), SLICE("d"));
	assert_false(s.ended);
	assert_int_equal(conn_queued(&s.conn), 0);
	STAGE_UNTIL(&s.stage, s.ended);
	assert_int_equal(s.how, CONN_CLIENT_GONE);
	say(&s, SLICE("e"), SLICE("f"));
	stage_settle(&s.stage);
	close_seen(&s);
}

static void finishing_what_has_failed_tells_that_it_failed(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s, STALL_MS);
	tcp_break(s.peer);
	s.peer = -1;
	say(&s, SLICE("a"), SLICE("b"));
	conn_finish(&s.conn);
	STAGE_UNTIL(&s.stage, s.ended);
	assert_int_equal(s.how, CONN_CLIENT_GONE);
	close_seen(&s);
}

static void a_client_that_takes_nothing_stalls(void **unused)
{
	uint64_t start_ms = clock_coarse_ms();
	struct seen s;

	(void)unused;
	open_seen(&s, 50);
	overfill(&s);
	STAGE_UNTIL(&s.stage, s.ended);
	assert_int_equal(s.how, CONN_STALLED);
	assert_true(clock_coarse_ms() - start_ms >= 50);
	close_seen(&s);
}

static void a_client_that_takes_a_little_does_not_stall(void **unused)
{
	uint64_t start_ms = clock_coarse_ms();
	struct seen s;

	(void)unused;
	open_seen(&s, 400);
	overfill(&s);
	while (clock_coarse_ms() - start_ms < 1200) {
		hear(&s);
		conn_set_deadline(&s.conn, 50);
		stage_turn(&s.stage);
		assert_false(s.ended);
		if (conn_queued(&s.conn) == 0)
			overfill(&s);
	}
	close_seen(&s);
}

static void an_idle_connection_does_not_stall(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s, 20);
	say(&s, SLICE("all "), SLICE("taken"));
	conn_set_deadline(&s.conn, 80);
	STAGE_UNTIL(&s.stage, s.deadlines == 1);
	assert_false(s.ended);
	close_seen(&s);
}

static void a_deadline_is_told_once_and_can_be_cleared(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s, STALL_MS);
	conn_set_deadline(&s.conn, 1);
	conn_clear_deadline(&s.conn);
	conn_set_deadline(&s.conn, STAGE_PATIENCE_MS);
	conn_set_deadline(&s.conn, 5);
	STAGE_UNTIL(&s.stage, s.deadlines == 1);
	stage_settle(&s.stage);
	assert_int_equal(s.deadlines, 1);
	close_seen(&s);
	conn_set_deadline(&s.conn, 1);
	conn_clear_deadline(&s.conn);
}

/* Its owner would answer a connection that has been answered. */
static void no_deadline_comes_while_it_finishes(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s, 60);
	overfill(&s);
	conn_set_deadline(&s.conn, 10);
	conn_finish(&s.conn);
	conn_set_deadline(&s.conn, 10);
	STAGE_UNTIL(&s.stage, s.ended);
	assert_int_equal(s.deadlines, 0);
	assert_int_equal(s.how, CONN_STALLED);
	close_seen(&s);
}

static void a_closed_connection_says_nothing_more(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s, STALL_MS);
	tcp_say(s.peer, "late");
	overfill(&s);
	conn_set_deadline(&s.conn, 1);
	conn_close(&s.conn);
	stage_settle(&s.stage);
	assert_false(s.ended);
	assert_int_equal(s.deadlines, 0);
	assert_int_equal(conn_queued(&s.conn), 0);
	close_seen(&s);
}

static void a_reset_connection_looks_broken(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s, STALL_MS);
	say(&s, SLICE("half an"), SLICE(" answer"));
	conn_reset(&s.conn);
	conn_reset(&s.conn);
	hear(&s);
	assert_true(s.peer_saw_end);
	assert_int_equal(s.peer_err, ECONNRESET);
	close_seen(&s);
}

static void write_too_many_pieces(void *arg)
{
	struct slice piece[17] = {{NULL, 0}};

	conn_write(arg, piece, 17);
}

static void write_after_finish(void *arg)
{
	struct slice piece = SLICE("x");

	conn_finish(arg);
	conn_write(arg, &piece, 1);
}

static void misuse_aborts(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s, STALL_MS);
	assert_true(aborts(write_too_many_pieces, &s.conn));
	assert_true(aborts(write_after_finish, &s.conn));
	close_seen(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_go_out_in_order),
		cmocka_unit_test(
			what_the_kernel_does_not_take_is_queued_then_drained),
		cmocka_unit_test(finishing_sends_the_queue_then_ends_in_order),
		cmocka_unit_test(a_client_that_still_sends_gets_the_answer),
		cmocka_unit_test(a_client_that_never_closes_is_let_go),
		cmocka_unit_test(finishing_twice_is_once),
		cmocka_unit_test(a_paused_connection_that_finishes_reads_on),
		cmocka_unit_test(
			a_client_that_leaves_is_told_even_while_paused),
		cmocka_unit_test(a_reset_is_told_even_while_paused),
		cmocka_unit_test(
			writing_to_a_client_that_left_is_told_later_and_once),
		cmocka_unit_test(
			finishing_what_has_failed_tells_that_it_failed),
		cmocka_unit_test(a_client_that_takes_nothing_stalls),
		cmocka_unit_test(a_client_that_takes_a_little_does_not_stall),
		cmocka_unit_test(an_idle_connection_does_not_stall),
		cmocka_unit_test(a_deadline_is_told_once_and_can_be_cleared),
		cmocka_unit_test(no_deadline_comes_while_it_finishes),
		cmocka_unit_test(a_closed_connection_says_nothing_more),
		cmocka_unit_test(a_reset_connection_looks_broken),
		cmocka_unit_test(misuse_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
