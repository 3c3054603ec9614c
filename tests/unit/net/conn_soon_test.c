/* What is sent at the end of a turn of the loop, with the others'. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "router/net/conn.h"
#include "tests/unit/stage.h"
#include "tests/unit/tcp.h"

#define STALL_MS 60000

enum act { ANSWER, ANSWER_TWICE, ANSWER_AND_FINISH, ANSWER_AND_CLOSE };

/* One of two connections that are told of in the same turn. */
struct end {
	struct conn conn;
	int peer;
	enum act act;
	struct slice answer;
	size_t queued; /* right after it had answered */
	int drained, asked;
	bool ended;
};

struct both {
	struct stage stage;
	struct end end[2];
};

static void on_bytes(void *arg, struct slice bytes)
{
	struct end *e = arg;

	(void)bytes;
	e->asked++;
	conn_write_soon(&e->conn, &e->answer, 1);
	e->queued = conn_queued(&e->conn);
	if (e->act == ANSWER_TWICE)
		conn_write(&e->conn, &e->answer, 1);
	if (e->act == ANSWER_AND_FINISH)
		conn_finish(&e->conn);
	if (e->act == ANSWER_AND_CLOSE)
		conn_close(&e->conn);
}

static void on_drained(void *arg)
{
	struct end *e = arg;

	e->drained++;
}

static void on_deadline(void *arg)
{
	(void)arg;
}

static void on_ended(void *arg, enum conn_end how)
{
	struct end *e = arg;

	(void)how;
	e->ended = true;
}

static const struct conn_events events = {on_bytes, on_drained, on_deadline,
					  on_ended};

static void narrow_pair(int *ours, int *peer)
{
	tcp_pair(ours, peer);
	tcp_narrow(*ours, *peer);
}

static void open_with(struct both *b, enum act act, struct slice answer,
		      void (*pair)(int *ours, int *peer))
{
	*b = (struct both){0};
	stage_open(&b->stage);
	for (int i = 0; i < 2; i++) {
		struct end *e = &b->end[i];
		int ours;

		pair(&ours, &e->peer);
		e->act = act;
		e->answer = answer;
		conn_open(&e->conn, &b->stage.loop, ours, STALL_MS, &events, e);
	}
	stage_settle(&b->stage);
}

static void open_both(struct both *b, enum act act, struct slice answer)
{
	open_with(b, act, answer, narrow_pair);
}

/* All of it is there when the loop looks: one turn takes it. */
static void ask(struct both *b, int n)
{
	for (int i = 0; i < n; i++)
		tcp_say(b->end[i].peer, "?");
	loop_turn(&b->stage.loop, false);
	for (int i = 0; i < n; i++)
		assert_int_equal(b->end[i].asked, 1);
}

static void close_both(struct both *b)
{
	for (int i = 0; i < 2; i++) {
		conn_close(&b->end[i].conn);
		close(b->end[i].peer);
	}
	stage_settle(&b->stage);
	stage_close(&b->stage);
}

static void assert_heard(const struct end *e, const char *want, bool and_end)
{
	char heard[64];
	bool end = false;
	ssize_t n = tcp_hear(e->peer, heard, sizeof(heard), &end);

	assert_int_equal(n, strlen(want));
	assert_memory_equal(heard, want, strlen(want));
	if (and_end && !end)
		assert_int_equal(tcp_hear(e->peer, heard, 1, &end), 0);
	assert_int_equal(end, and_end);
}

/* The one that is told first waits for the other; that one has nobody to
 * wait for. */
static void it_waits_for_the_others_of_the_turn_and_no_longer(void **unused)
{
	struct both b;

	(void)unused;
	open_both(&b, ANSWER, SLICE("yes"));
	ask(&b, 2);
	assert_int_equal(b.end[0].queued + b.end[1].queued, 3);
	for (int i = 0; i < 2; i++) {
		assert_heard(&b.end[i], "yes", false);
		assert_int_equal(conn_queued(&b.end[i].conn), 0);
		assert_int_equal(b.end[i].conn.stall.due_ms, 0);
	}
	assert_int_equal(b.end[0].drained + b.end[1].drained, 1);
	close_both(&b);
}

static void alone_in_its_turn_it_goes_at_once(void **unused)
{
	struct both b;

	(void)unused;
	open_both(&b, ANSWER, SLICE("yes"));
	ask(&b, 1);
	assert_int_equal(b.end[0].queued, 0);
	assert_heard(&b.end[0], "yes", false);
	assert_int_equal(b.end[0].drained, 0);
	close_both(&b);
}

static void what_is_written_after_it_stays_behind_it(void **unused)
{
	struct both b;

	(void)unused;
	open_both(&b, ANSWER_TWICE, SLICE("yes"));
	ask(&b, 2);
	for (int i = 0; i < 2; i++) {
		stage_settle(&b.stage);
		assert_heard(&b.end[i], "yesyes", false);
	}
	close_both(&b);
}

static void much_is_not_put_off(void **unused)
{
	static char many[4097];
	struct both b;

	(void)unused;
	open_both(&b, ANSWER, (struct slice){many, sizeof(many)});
	ask(&b, 2);
	assert_int_equal(b.end[0].queued + b.end[1].queued, 0);
	close_both(&b);
}

static void a_connection_that_finishes_sends_it_before(void **unused)
{
	struct both b;

	(void)unused;
	open_both(&b, ANSWER_AND_FINISH, SLICE("bye"));
	ask(&b, 2);
	stage_settle(&b.stage);
	for (int i = 0; i < 2; i++) {
		assert_heard(&b.end[i], "bye", true);
		assert_false(b.end[i].ended);
		assert_int_equal(b.end[i].drained, 0);
	}
	close_both(&b);
}

static void one_that_is_closed_meanwhile_sends_nothing_more(void **unused)
{
	struct both b;

	(void)unused;
	open_both(&b, ANSWER_AND_CLOSE, SLICE("yes"));
	ask(&b, 2);
	stage_settle(&b.stage);
	assert_int_equal(b.end[0].queued + b.end[1].queued, 3);
	assert_int_equal(b.end[0].drained + b.end[1].drained, 0);
	close_both(&b);
}

/* As one does that pipes its request in: it still listens. */
static void one_that_has_ended_its_side_hears_it(void **unused)
{
	struct both b;

	(void)unused;
	open_both(&b, ANSWER, SLICE("yes"));
	for (int i = 0; i < 2; i++) {
		tcp_say(b.end[i].peer, "?");
		assert_int_equal(shutdown(b.end[i].peer, SHUT_WR), 0);
	}
	STAGE_UNTIL(&b.stage, b.end[0].ended && b.end[1].ended);
	for (int i = 0; i < 2; i++)
		assert_heard(&b.end[i], "yes", true);
	close_both(&b);
}

static void a_client_that_has_left_is_told_as_gone(void **unused)
{
	struct both b;

	(void)unused;
	open_both(&b, ANSWER, SLICE("yes"));
	for (int i = 0; i < 2; i++) {
		tcp_say(b.end[i].peer, "?");
		tcp_break(b.end[i].peer);
		b.end[i].peer = -1;
	}
	STAGE_UNTIL(&b.stage, b.end[0].ended && b.end[1].ended);
	close_both(&b);
}

/* The kernel takes no more: it waits behind the rest, and the client has its
 * time to take it. */
static void a_client_that_does_not_read_keeps_it_queued(void **unused)
{
	static char many[2 << 20];
	const struct slice piece = {many, sizeof(many)};
	struct both b;

	(void)unused;
	open_both(&b, ANSWER, SLICE("yes"));
	for (int i = 0; i < 2; i++)
		conn_write(&b.end[i].conn, &piece, 1);
	ask(&b, 2);
	for (int i = 0; i < 2; i++) {
		assert_true(conn_queued(&b.end[i].conn) > 3);
		assert_true(b.end[i].conn.stall.due_ms > 0);
		assert_int_equal(b.end[i].drained, 0);
	}
	close_both(&b);
}

/* Full means full: no acknowledgement makes room a little later. */
static void full_pair(int *ours, int *peer)
{
	static const char many[4096];
	int fd[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
	*ours = fd[0];
	*peer = fd[1];
	while (send(*ours, many, sizeof(many), 0) > 0)
		;
}

/* Until all is sent; it ends in this. */
static void hear_out(struct both *b, struct end *e, const char *want)
{
	static char heard[1 << 20];
	size_t got = 0, n = strlen(want);
	ssize_t more = 0;

	while (conn_queued(&e->conn) > 0 || more > 0) {
		assert_true(got < sizeof(heard));
		more = recv(e->peer, heard + got, sizeof(heard) - got, 0);
		got += more > 0 ? (size_t)more : 0;
		stage_settle(&b->stage);
	}
	assert_true(got > n);
	assert_memory_equal(heard + got - n, want, n);
}

static void what_is_left_at_the_turns_end_outlives_it(void **unused)
{
	struct both b;

	(void)unused;
	open_with(&b, ANSWER, SLICE("yes"), full_pair);
	ask(&b, 2);
	memset(b.stage.loop.room, 'x', LOOP_ROOM);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(conn_queued(&b.end[i].conn), 3);
		hear_out(&b, &b.end[i], "yes");
	}
	close_both(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			it_waits_for_the_others_of_the_turn_and_no_longer),
		cmocka_unit_test(alone_in_its_turn_it_goes_at_once),
		cmocka_unit_test(what_is_written_after_it_stays_behind_it),
		cmocka_unit_test(much_is_not_put_off),
		cmocka_unit_test(a_connection_that_finishes_sends_it_before),
		cmocka_unit_test(
			one_that_is_closed_meanwhile_sends_nothing_more),
		cmocka_unit_test(one_that_has_ended_its_side_hears_it),
		cmocka_unit_test(a_client_that_has_left_is_told_as_gone),
		cmocka_unit_test(a_client_that_does_not_read_keeps_it_queued),
		cmocka_unit_test(what_is_left_at_the_turns_end_outlives_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
