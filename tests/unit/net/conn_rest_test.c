#include "router/net/conn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/stage.h"
#include "tests/unit/tcp.h"

#define STALL_MS 60000

/* A connection that rests now and then, and what was told of it. */
struct seen {
	struct conn conn;
	struct stage stage;
	int peer;
	struct buf bytes;
	bool ended;
	enum conn_end how;
	struct watch resting;
};

static int stirred;

static void on_bytes(void *arg, struct slice bytes)
{
	struct seen *s = arg;

	buf_append(&s->bytes, bytes);
}

static void on_drained(void *arg)
{
	(void)arg;
}

static void on_ended(void *arg, enum conn_end how)
{
	struct seen *s = arg;

	s->ended = true;
	s->how = how;
}

static const struct conn_events events = {on_bytes, on_drained, on_drained,
					  on_ended};

static void open_seen(struct seen *s)
{
	int ours;

	*s = (struct seen){0};
	stirred = 0;
	stage_open(&s->stage);
	tcp_pair(&ours, &s->peer);
	tcp_narrow(ours, s->peer);
	conn_open(&s->conn, &s->stage.loop, ours, STALL_MS, &events, s);
	stage_settle(&s->stage);
}

static void close_seen(struct seen *s)
{
	conn_close(&s->conn);
	stage_settle(&s->stage);
	buf_fini(&s->bytes);
	if (s->peer >= 0)
		close(s->peer);
	stage_close(&s->stage);
}

static void on_stir(struct watch *w, uint32_t told)
{
	(void)w;
	(void)told;
	stirred++;
}

static void rest(struct seen *s)
{
	assert_true(conn_rests(&s->conn));
	conn_hand_over(&s->conn, &s->resting, on_stir);
	stage_settle(&s->stage);
}

static void take_back(struct seen *s)
{
	conn_take_over(&s->conn, &s->stage.loop, &s->resting, STALL_MS, &events,
		       s);
	assert_int_equal(s->resting.fd, -1);
}

static void who_rests_is_woken_by_what_comes_and_loses_none_of_it(void **unused)
{
	struct slice answer = SLICE("answer");
	struct seen s;
	char heard[8];
	bool ended;

	(void)unused;
	open_seen(&s);
	for (int i = 1; i <= 2; i++) {
		rest(&s);
		assert_int_equal(stirred, i - 1);
		tcp_say(s.peer, "again");
		STAGE_UNTIL(&s.stage, stirred == i);
		take_back(&s);
		STAGE_UNTIL(&s.stage, buf_len(&s.bytes) == 5 * (size_t)i);
		assert_false(s.ended);
	}
	conn_write(&s.conn, &answer, 1);
	stage_settle(&s.stage);
	assert_int_equal(tcp_hear(s.peer, heard, sizeof(heard), &ended), 6);
	close_seen(&s);
}

static void what_comes_before_it_rests_wakes_it_as_well(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s);
	tcp_say(s.peer, "early");
	rest(&s);
	assert_int_equal(stirred, 1);
	assert_int_equal(buf_len(&s.bytes), 0);
	take_back(&s);
	STAGE_UNTIL(&s.stage, buf_len(&s.bytes) == 5);
	close_seen(&s);
}

static void who_leaves_while_he_rests_is_told_of(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s);
	rest(&s);
	close(s.peer);
	s.peer = -1;
	STAGE_UNTIL(&s.stage, stirred == 1);
	take_back(&s);
	STAGE_UNTIL(&s.stage, s.ended);
	assert_int_equal(s.how, CONN_CLIENT_GONE);
	close_seen(&s);
}

static void who_is_owed_something_does_not_rest(void **unused)
{
	static char much[1 << 20];
	struct slice piece = {much, sizeof(much)};
	struct seen s;

	(void)unused;
	open_seen(&s);
	conn_pause(&s.conn);
	assert_false(conn_rests(&s.conn));
	conn_resume(&s.conn);
	assert_true(conn_rests(&s.conn));
	conn_write(&s.conn, &piece, 1);
	assert_true(conn_queued(&s.conn) > 0);
	assert_false(conn_rests(&s.conn));
	close_seen(&s);
	assert_false(conn_rests(&s.conn));
	open_seen(&s);
	conn_finish(&s.conn);
	assert_false(conn_rests(&s.conn));
	close_seen(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			who_rests_is_woken_by_what_comes_and_loses_none_of_it),
		cmocka_unit_test(what_comes_before_it_rests_wakes_it_as_well),
		cmocka_unit_test(who_leaves_while_he_rests_is_told_of),
		cmocka_unit_test(who_is_owed_something_does_not_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
