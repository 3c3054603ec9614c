#include "router/net/conn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "tests/unit/tls/pair.h"

/* A connection under TLS, what its owner was told, and a client. */
struct seen {
	struct pair pair; /* of which the server's end stays unused */
	struct conn conn;
	struct buf bytes;
	bool secured, ended;
	int deadlines, drained;
	enum conn_end how;
};

static void on_conn_bytes(void *arg, struct slice bytes)
{
	struct seen *s = arg;

	assert_true(s->secured);
	buf_append(&s->bytes, bytes);
}

static void on_drained(void *arg)
{
	struct seen *s = arg;

	s->drained++;
}

static void on_deadline(void *arg)
{
	struct seen *s = arg;

	s->deadlines++;
}

static void on_conn_ended(void *arg, enum conn_end how)
{
	struct seen *s = arg;

	s->ended = true;
	s->how = how;
}

static void on_secured(void *arg)
{
	struct seen *s = arg;

	assert_false(s->secured);
	s->secured = true;
}

static const struct conn_events conn_events = {
	on_conn_bytes, on_drained, on_deadline, on_conn_ended, on_secured};

static void open_seen(struct seen *s, bool with_client)
{
	struct tls_context *c;
	int ours;

	*s = (struct seen){0};
	prepare(&s->pair);
	s->pair.server.sock.watch.fd = s->pair.client.sock.watch.fd = -1;
	tcp_pair(&ours, &s->pair.raw);
	tcp_narrow(ours, s->pair.raw);
	conn_open(&s->conn, &s->pair.stage.loop, ours, 60000, &conn_events, s);
	c = tls_context_create(&s->pair.server_options, NULL, NULL);
	conn_secure(&s->conn, tls_session_create(c));
	tls_context_unref(&c);
	if (!with_client)
		return;
	tcp_set_blocking(s->pair.raw, false);
	sock_open(&s->pair.client.sock, &s->pair.stage.loop, s->pair.raw, true,
		  &end_events, &s->pair.client);
	cover(&s->pair.client.sock, &s->pair.client_options);
	s->pair.raw = -1;
}

static void close_seen(struct seen *s)
{
	conn_close(&s->conn);
	buf_fini(&s->bytes);
	close_pair(&s->pair);
}

static void the_handshake_is_told_once_before_the_bytes(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s, true);
	STAGE_UNTIL(&s.pair.stage, s.pair.client.writable > 0);
	say(&s.pair.client, "question");
	STAGE_UNTIL(&s.pair.stage, buf_len(&s.bytes) == 8);
	assert_true(slice_equal(conn_protocol(&s.conn), SLICE("http/1.1")));
	close_seen(&s);
}

static void what_is_written_early_waits_for_the_handshake(void **unused)
{
	struct slice early = SLICE("early");
	struct seen s;

	(void)unused;
	open_seen(&s, true);
	conn_write(&s.conn, &early, 1);
	assert_int_equal(conn_queued(&s.conn), 5);
	assert_heard(&s.pair, &s.pair.client, "early");
	assert_int_equal(conn_queued(&s.conn), 0);
	close_seen(&s);
}

static void a_finish_says_goodbye_behind_the_queue(void **unused)
{
	size_t n = (size_t)2 << 20;
	char *many = mem_zalloc(n);
	struct slice piece = {many, n};
	struct seen s;

	(void)unused;
	open_seen(&s, true);
	STAGE_UNTIL(&s.pair.stage, s.secured);
	conn_write(&s.conn, &piece, 1);
	assert_true(conn_queued(&s.conn) > 0);
	conn_finish(&s.conn);
	STAGE_UNTIL(&s.pair.stage, s.pair.client.ended);
	assert_int_equal(s.pair.client.err, 0);
	assert_int_equal(buf_len(&s.pair.client.bytes), n);
	sock_close(&s.pair.client.sock);
	STAGE_UNTIL(&s.pair.stage, s.ended);
	assert_int_equal(s.how, CONN_FINISHED);
	mem_free(many);
	close_seen(&s);
}

static void a_handshake_has_a_deadline(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s, false);
	conn_set_deadline(&s.conn, 20);
	STAGE_UNTIL(&s.pair.stage, s.deadlines == 1);
	assert_false(s.secured);
	close_seen(&s);
}

static void a_handshake_that_fails_is_an_end(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s, false);
	tcp_say(s.pair.raw, "hello, is there anybody?");
	STAGE_UNTIL(&s.pair.stage, s.ended);
	assert_int_equal(s.how, CONN_CLIENT_GONE);
	assert_false(s.secured);
	close_seen(&s);
}

static void a_reset_says_no_goodbye(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s, true);
	STAGE_UNTIL(&s.pair.stage, s.pair.client.writable > 0);
	stage_settle(&s.pair.stage);
	conn_reset(&s.conn);
	STAGE_UNTIL(&s.pair.stage, s.pair.client.ended);
	assert_int_equal(s.pair.client.err, ECONNRESET);
	close_seen(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_handshake_is_told_once_before_the_bytes),
		cmocka_unit_test(what_is_written_early_waits_for_the_handshake),
		cmocka_unit_test(a_finish_says_goodbye_behind_the_queue),
		cmocka_unit_test(a_handshake_has_a_deadline),
		cmocka_unit_test(a_handshake_that_fails_is_an_end),
		cmocka_unit_test(a_reset_says_no_goodbye),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
