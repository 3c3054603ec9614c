#include "common/tls/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "tests/unit/tls/pair.h"

#include <sys/ioctl.h>

/* --- records ---------------------------------------------------------- */

static void a_key_update_goes_unnoticed(void **unused)
{
	struct library l;
	struct pair p;
	char out[8];

	(void)unused;
	prepare(&p);
	open_server(&p);
	library_open(&l, &p, TLS1_3_VERSION);
	library_shake(&l, &p);
	assert_int_equal(SSL_key_update(l.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
	assert_int_equal(SSL_write(l.ssl, "new", 3), 3);
	while (buf_len(&p.server.bytes) < 3)
		library_pump(&l, &p);
	say(&p.server, "keys");
	while (SSL_read(l.ssl, out, sizeof(out)) != 4)
		library_pump(&l, &p);
	assert_memory_equal(out, "keys", 4);
	library_close(&l);
	close_pair(&p);
}

static void many_small_pieces_are_one_record(void **unused)
{
	struct iovec iov[4] = {{(char *)"a", 1},
			       {(char *)"bc", 2},
			       {NULL, 0},
			       {(char *)"def", 3}};
	struct library l;
	struct pair p;
	char out[16];
	int waiting = 0;

	(void)unused;
	prepare(&p);
	open_server(&p);
	library_open(&l, &p, TLS1_3_VERSION);
	library_shake(&l, &p);
	stage_settle(&p.stage);
	while (SSL_read(l.ssl, out, sizeof(out)) > 0 || BIO_pending(l.in) > 0)
		library_pump(&l, &p);
	assert_int_equal(sock_send(&p.server.sock, iov, 4), 6);
	ioctl(l.fd, FIONREAD, &waiting);
	/* Head, six bytes, their kind, and the tag. */
	assert_int_equal(waiting, 5 + 6 + 1 + 16);
	library_pump(&l, &p);
	assert_int_equal(SSL_read(l.ssl, out, sizeof(out)), 6);
	assert_memory_equal(out, "abcdef", 6);
	library_close(&l);
	close_pair(&p);
}

/* --- ends ------------------------------------------------------------- */

static void a_goodbye_is_an_end_in_order(void **unused)
{
	struct pair p;

	(void)unused;
	prepare(&p);
	shake(&p);
	say(&p.server, "last words");
	sock_close(&p.server.sock);
	STAGE_UNTIL(&p.stage, p.client.ended);
	assert_heard(&p, &p.client, "last words");
	assert_int_equal(p.client.err, 0);
	close_pair(&p);
}

static void an_end_of_ours_leaves_the_other_way_open(void **unused)
{
	struct pair p;

	(void)unused;
	prepare(&p);
	shake(&p);
	sock_end(&p.client.sock);
	STAGE_UNTIL(&p.stage, p.server.ended);
	assert_int_equal(p.server.err, 0);
	say(&p.server, "still");
	assert_heard(&p, &p.client, "still");
	close_pair(&p);
}

/* Somebody in between can end a connection, but not say goodbye. */
static void an_end_without_goodbye_is_a_cut(void **unused)
{
	struct pair p;

	(void)unused;
	prepare(&p);
	shake(&p);
	say(&p.server, "half of");
	shutdown(p.server.sock.watch.fd, SHUT_WR);
	STAGE_UNTIL(&p.stage, p.client.ended);
	assert_heard(&p, &p.client, "half of");
	assert_int_equal(p.client.err, ECONNABORTED);
	close_pair(&p);
}

static void a_reset_is_told_behind_the_bytes(void **unused)
{
	struct pair p;

	(void)unused;
	prepare(&p);
	shake(&p);
	stage_settle(&p.stage);
	sock_reset(&p.server.sock);
	STAGE_UNTIL(&p.stage, p.client.ended);
	assert_int_equal(p.client.err, ECONNRESET);
	close_pair(&p);
}

static void say_wrong(struct end *from)
{
	static const char record[] = "\x17\x03\x03\x00\x20"
				     "what nobody has encrypted, ever.";

	send(from->sock.watch.fd, record, sizeof(record) - 1, 0);
}

static void bytes_that_are_no_record_are_a_failure(void **unused)
{
	struct pair p;

	(void)unused;
	prepare(&p);
	shake(&p);
	say_wrong(&p.client);
	STAGE_UNTIL(&p.stage, p.server.ended);
	assert_int_equal(p.server.err, EPROTO);
	assert_int_equal(buf_len(&p.server.bytes), 0);
	close_pair(&p);
}

static void a_write_after_a_failure_fails(void **unused)
{
	struct iovec iov = {(char *)"x", 1};
	struct pair p;

	(void)unused;
	prepare(&p);
	shake(&p);
	say_wrong(&p.client);
	STAGE_UNTIL(&p.stage, p.server.ended);
	assert_int_equal(sock_send(&p.server.sock, &iov, 1), -1);
	close_pair(&p);
}

/* --- much ------------------------------------------------------------- */

#define MUCH ((size_t)3 << 20)

static char *make_much(void)
{
	char *much = mem_alloc(MUCH);

	for (size_t i = 0; i < MUCH; i++)
		much[i] = (char)(i * 131 >> 5);
	return much;
}

/* In uneven pieces, what is not taken first again, as owners do. */
static size_t push(struct end *e, char *much, size_t from)
{
	size_t left = MUCH - from, first = left < 77 ? left : 77;
	struct iovec iov[3] = {{much + from, first}};
	ssize_t n;

	iov[2] = (struct iovec){much + from + first, left - first};
	n = sock_send(&e->sock, iov, 3);
	assert_true(n >= 0);
	return from + (size_t)n;
}

static void much_goes_each_way_at_once(void **unused)
{
	char *much = make_much();
	size_t to_server = 0, to_client = 0;
	struct pair p;

	(void)unused;
	prepare(&p);
	shake(&p);
	while (buf_len(&p.server.bytes) < MUCH ||
	       buf_len(&p.client.bytes) < MUCH) {
		to_server = push(&p.client, much, to_server);
		to_client = push(&p.server, much, to_client);
		stage_turn(&p.stage);
	}
	assert_memory_equal(buf_slice(&p.server.bytes).p, much, MUCH);
	assert_memory_equal(buf_slice(&p.client.bytes).p, much, MUCH);
	mem_free(much);
	close_pair(&p);
}

/* Who is not read makes the writer wait, and nothing is lost of it. */
static void a_paused_reader_holds_the_writer_up(void **unused)
{
	char *much = make_much();
	size_t sent = 0, before;
	struct pair p;

	(void)unused;
	prepare(&p);
	shake(&p);
	sock_pause(&p.client.sock);
	do {
		before = sent;
		sent = push(&p.server, much, sent);
		stage_settle(&p.stage);
		stage_settle(&p.stage);
	} while (sent > before);
	assert_true(sent < MUCH);
	assert_int_equal(buf_len(&p.client.bytes), 0);
	sock_resume(&p.client.sock);
	while (buf_len(&p.client.bytes) < MUCH) {
		sent = push(&p.server, much, sent);
		stage_turn(&p.stage);
	}
	assert_memory_equal(buf_slice(&p.client.bytes).p, much, MUCH);
	mem_free(much);
	close_pair(&p);
}

/* A record that is half out must not look like an end in order. */
static void a_close_in_the_middle_of_a_record_is_a_cut(void **unused)
{
	char *much = make_much();
	size_t sent = 0, before;
	struct pair p;

	(void)unused;
	prepare(&p);
	shake(&p);
	sock_pause(&p.client.sock);
	do {
		before = sent;
		sent = push(&p.server, much, sent);
		stage_settle(&p.stage);
	} while (sent > before);
	sock_close(&p.server.sock);
	sock_resume(&p.client.sock);
	STAGE_UNTIL(&p.stage, p.client.ended);
	assert_int_not_equal(p.client.err, 0);
	assert_true(buf_len(&p.client.bytes) >= sent);
	mem_free(much);
	close_pair(&p);
}

static void a_pause_from_within_keeps_what_is_decrypted(void **unused)
{
	char *much = make_much();
	size_t sent = 0;
	struct pair p;

	(void)unused;
	prepare(&p);
	shake(&p);
	p.client.pause = true;
	while (buf_len(&p.client.bytes) < MUCH) {
		size_t had = buf_len(&p.client.bytes);

		sent = push(&p.server, much, sent);
		stage_settle(&p.stage);
		assert_true(buf_len(&p.client.bytes) - had <= LOOP_SCRATCH);
		sock_resume(&p.client.sock);
	}
	assert_memory_equal(buf_slice(&p.client.bytes).p, much, MUCH);
	mem_free(much);
	close_pair(&p);
}

/* --- quiet ------------------------------------------------------------ */

static void tickets_that_come_late_leave_it_quiet(void **unused)
{
	struct pair p;

	(void)unused;
	prepare(&p);
	shake(&p);
	/* The server's tickets are on the way or have been read. */
	assert_true(sock_look(&p.client.sock));
	stage_settle(&p.stage);
	assert_true(sock_look(&p.client.sock));
	close_pair(&p);
}

static void bytes_that_nobody_asked_for_are_not_quiet(void **unused)
{
	struct pair p;

	(void)unused;
	prepare(&p);
	shake(&p);
	stage_settle(&p.stage);
	say(&p.server, "x");
	assert_false(sock_look(&p.client.sock));
	close_pair(&p);
}

static void half_a_record_is_not_quiet(void **unused)
{
	struct pair p;

	(void)unused;
	prepare(&p);
	shake(&p);
	stage_settle(&p.stage);
	tcp_say(p.server.sock.watch.fd, "\x17\x03\x03\x01");
	assert_false(sock_look(&p.client.sock));
	close_pair(&p);
}

static void a_goodbye_is_not_quiet(void **unused)
{
	struct pair p;

	(void)unused;
	prepare(&p);
	shake(&p);
	stage_settle(&p.stage);
	sock_end(&p.server.sock);
	assert_false(sock_look(&p.client.sock));
	close_pair(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_update_goes_unnoticed),
		cmocka_unit_test(many_small_pieces_are_one_record),
		cmocka_unit_test(a_goodbye_is_an_end_in_order),
		cmocka_unit_test(an_end_of_ours_leaves_the_other_way_open),
		cmocka_unit_test(an_end_without_goodbye_is_a_cut),
		cmocka_unit_test(a_reset_is_told_behind_the_bytes),
		cmocka_unit_test(bytes_that_are_no_record_are_a_failure),
		cmocka_unit_test(a_write_after_a_failure_fails),
		cmocka_unit_test(much_goes_each_way_at_once),
		cmocka_unit_test(a_paused_reader_holds_the_writer_up),
		cmocka_unit_test(a_close_in_the_middle_of_a_record_is_a_cut),
		cmocka_unit_test(a_pause_from_within_keeps_what_is_decrypted),
		cmocka_unit_test(tickets_that_come_late_leave_it_quiet),
		cmocka_unit_test(bytes_that_nobody_asked_for_are_not_quiet),
		cmocka_unit_test(half_a_record_is_not_quiet),
		cmocka_unit_test(a_goodbye_is_not_quiet),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
