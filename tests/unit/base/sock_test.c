#include "common/base/sock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "tests/unit/stage.h"
#include "tests/unit/tcp.h"

/* One socket of ours and what it was told. */
struct seen {
	struct sock sock;
	struct stage stage;
	int peer;
	struct buf bytes;
	size_t told; /* calls of `bytes` */
	bool pause, close, ended;
	int writable, err;
	size_t before_end; /* bytes that had come when it ended */
};

static void on_bytes(void *arg, struct slice bytes)
{
	struct seen *s = arg;

	assert_false(s->ended);
	assert_false(s->sock.paused);
	buf_append(&s->bytes, bytes);
	s->told++;
	if (s->pause)
		sock_pause(&s->sock);
	if (s->close)
		sock_close(&s->sock);
}

static void on_writable(void *arg)
{
	struct seen *s = arg;

	s->writable++;
}

static void on_ended(void *arg, int err)
{
	struct seen *s = arg;

	assert_false(s->ended);
	s->ended = true;
	s->err = err;
	s->before_end = buf_len(&s->bytes);
}

static const struct sock_events events = {on_bytes, on_writable, on_ended};

static void open_seen(struct seen *s)
{
	int ours;

	*s = (struct seen){0};
	stage_open(&s->stage);
	tcp_pair(&ours, &s->peer);
	sock_open(&s->sock, &s->stage.loop, ours, false, &events, s);
	stage_settle(&s->stage);
}

static void close_seen(struct seen *s)
{
	sock_close(&s->sock);
	assert_false(sock_is_open(&s->sock));
	sock_close(&s->sock);
	stage_settle(&s->stage);
	buf_fini(&s->bytes);
	if (s->peer >= 0)
		close(s->peer);
	stage_close(&s->stage);
}

static void leave(struct seen *s)
{
	close(s->peer);
	s->peer = -1;
}

static void vanish(struct seen *s)
{
	tcp_break(s->peer);
	s->peer = -1;
}

static void assert_bytes(const struct seen *s, const char *want)
{
	assert_int_equal(buf_len(&s->bytes), strlen(want));
	if (*want != '\0')
		assert_memory_equal(buf_slice(&s->bytes).p, want, strlen(want));
}

static ssize_t give(struct seen *s, const char *p, size_t n)
{
	struct iovec iov[2] = {{(void *)p, n / 2},
			       {(void *)(p + n / 2), n - n / 2}};

	return sock_send(&s->sock, iov, 2);
}

static void bytes_and_end_that_come_together_are_both_told(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s);
	tcp_say(s.peer, "last words");
	leave(&s);
	STAGE_UNTIL(&s.stage, s.ended);
	assert_bytes(&s, "last words");
	assert_int_equal(s.before_end, 10);
	assert_int_equal(s.err, 0);
	close_seen(&s);
}

static void an_end_after_the_bytes_is_told_as_well(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s);
	tcp_say(s.peer, "a");
	STAGE_UNTIL(&s.stage, s.told == 1);
	assert_false(s.ended);
	leave(&s);
	STAGE_UNTIL(&s.stage, s.ended);
	assert_int_equal(s.err, 0);
	close_seen(&s);
}

static void a_reset_is_told_as_an_error(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s);
	vanish(&s);
	STAGE_UNTIL(&s.stage, s.ended);
	assert_int_equal(s.err, ECONNRESET);
	close_seen(&s);
}

/* Both are one event of the kernel's, and it looks like bytes. */
static void a_reset_that_comes_with_bytes_is_told_behind_them(void **unused)
{
	uint64_t start_ms = clock_ms();
	struct seen s;

	(void)unused;
	open_seen(&s);
	tcp_say(s.peer, "cut");
	vanish(&s);
	STAGE_UNTIL(&s.stage, s.ended);
	assert_bytes(&s, "cut");
	assert_int_equal(s.err, ECONNRESET);
	assert_true(clock_ms() - start_ms < 2000);
	close_seen(&s);
}

static void on_alarm(void *arg)
{
	*(bool *)arg = true;
}

static void silence_is_no_end(void **unused)
{
	struct timer timer;
	bool late = false;
	struct seen s;

	(void)unused;
	open_seen(&s);
	timer_init(&timer, &s.stage.loop, on_alarm, &late);
	tcp_say(s.peer, "hello");
	timer_set(&timer, 300);
	STAGE_UNTIL(&s.stage, late);
	assert_false(s.ended);
	assert_bytes(&s, "hello");
	timer_fini(&timer);
	close_seen(&s);
}

static void a_flood_is_told_whole(void **unused)
{
	static char many[1 << 20];
	struct seen s;
	size_t sent = 0;

	(void)unused;
	open_seen(&s);
	for (size_t i = 0; i < sizeof(many); i++)
		many[i] = (char)(i * 31 >> 4);
	while (buf_len(&s.bytes) < sizeof(many)) {
		ssize_t n = send(s.peer, many + sent, sizeof(many) - sent,
				 MSG_DONTWAIT);

		sent += n > 0 ? (size_t)n : 0;
		if (sent == sizeof(many) && s.peer >= 0)
			leave(&s);
		stage_turn(&s.stage);
	}
	STAGE_UNTIL(&s.stage, s.ended);
	assert_memory_equal(buf_slice(&s.bytes).p, many, sizeof(many));
	close_seen(&s);
}

static void a_paused_socket_tells_nothing_and_loses_nothing(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s);
	sock_pause(&s.sock);
	tcp_say(s.peer, "one ");
	stage_settle(&s.stage);
	tcp_say(s.peer, "two");
	stage_settle(&s.stage);
	assert_int_equal(s.told, 0);
	sock_resume(&s.sock);
	assert_int_equal(s.told, 0);
	STAGE_UNTIL(&s.stage, buf_len(&s.bytes) == 7);
	assert_bytes(&s, "one two");
	tcp_say(s.peer, " three");
	STAGE_UNTIL(&s.stage, buf_len(&s.bytes) == 13);
	close_seen(&s);
}

static void a_pause_from_within_holds_back_the_rest(void **unused)
{
	static char many[LOOP_SCRATCH * 2];
	struct seen s;

	(void)unused;
	open_seen(&s);
	s.pause = true;
	assert_int_equal(send(s.peer, many, sizeof(many), 0), sizeof(many));
	stage_settle(&s.stage);
	assert_int_equal(s.told, 1);
	while (buf_len(&s.bytes) < sizeof(many)) {
		size_t told = s.told;

		sock_resume(&s.sock);
		STAGE_UNTIL(&s.stage, s.told > told);
		assert_int_equal(s.told, told + 1);
	}
	close_seen(&s);
}

static void an_end_while_paused_is_told_on_resuming(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s);
	sock_pause(&s.sock);
	tcp_say(s.peer, "rest");
	leave(&s);
	stage_settle(&s.stage);
	assert_false(s.ended);
	sock_resume(&s.sock);
	STAGE_UNTIL(&s.stage, s.ended);
	assert_bytes(&s, "rest");
	assert_int_equal(s.before_end, 4);
	close_seen(&s);
}

static void a_reset_while_paused_is_told_on_resuming(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s);
	sock_pause(&s.sock);
	tcp_say(s.peer, "rest");
	stage_settle(&s.stage);
	vanish(&s);
	stage_settle(&s.stage);
	assert_false(s.ended);
	sock_resume(&s.sock);
	STAGE_UNTIL(&s.stage, s.ended);
	assert_int_equal(s.err, ECONNRESET);
	close_seen(&s);
}

static void an_eager_end_is_told_while_paused(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s);
	s.sock.eager_end = true;
	sock_pause(&s.sock);
	tcp_say(s.peer, "unread");
	stage_settle(&s.stage);
	assert_false(s.ended);
	leave(&s);
	STAGE_UNTIL(&s.stage, s.ended);
	assert_int_equal(s.told, 0);
	close_seen(&s);
}

static void an_eager_end_that_was_a_reset_is_told_while_paused(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s);
	s.sock.eager_end = true;
	sock_pause(&s.sock);
	vanish(&s);
	STAGE_UNTIL(&s.stage, s.ended);
	assert_int_equal(s.err, ECONNRESET);
	close_seen(&s);
}

static void an_eager_end_behind_bytes_that_pause_is_told(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s);
	s.sock.eager_end = true;
	s.pause = true;
	tcp_say(s.peer, "enough");
	leave(&s);
	STAGE_UNTIL(&s.stage, s.ended);
	assert_bytes(&s, "enough");
	close_seen(&s);
}

static void a_close_from_within_ends_all_telling(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s);
	s.close = true;
	tcp_say(s.peer, "a");
	leave(&s);
	STAGE_UNTIL(&s.stage, s.told == 1);
	stage_settle(&s.stage);
	assert_false(s.ended);
	assert_false(sock_is_open(&s.sock));
	close_seen(&s);
}

/* Until even the peer's side of the kernel is full. */
static void fill(struct seen *s)
{
	static char many[1 << 20];
	ssize_t n;

	do {
		s->writable = 0;
		while ((n = give(s, many, sizeof(many))) > 0)
			;
		assert_int_equal(n, 0);
		stage_settle(&s->stage);
	} while (s->writable > 0);
}

static void what_the_kernel_does_not_take_is_told_when_it_does(void **unused)
{
	struct seen s;
	char out[65536];
	bool ended;

	(void)unused;
	open_seen(&s);
	tcp_narrow(s.sock.watch.fd, s.peer);
	fill(&s);
	assert_int_equal(give(&s, "no", 2), 0);
	while (s.writable == 0) {
		tcp_hear(s.peer, out, sizeof(out), &ended);
		assert_false(ended);
		stage_settle(&s.stage);
	}
	assert_true(give(&s, "yes", 3) > 0);
	close_seen(&s);
}

static void an_empty_write_is_no_failure(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s);
	assert_int_equal(sock_send(&s.sock, NULL, 0), 0);
	assert_int_equal(give(&s, "", 0), 0);
	assert_int_equal(give(&s, "ok", 2), 2);
	close_seen(&s);
}

/* A worker that refuses a body half-way has said why. */
static void what_was_said_before_a_failed_write_is_told(void **unused)
{
	static char many[65536];
	struct seen s;
	ssize_t n;

	(void)unused;
	open_seen(&s);
	sock_pause(&s.sock);
	assert_int_equal(give(&s, "unread", 6), 6);
	tcp_say(s.peer, "because");
	vanish(&s);
	n = give(&s, many, sizeof(many));
	assert_int_equal(n, -1);
	assert_true(errno == ECONNRESET || errno == EPIPE);
	assert_int_equal(give(&s, many, 1), -1);
	assert_false(s.ended);
	sock_resume(&s.sock);
	STAGE_UNTIL(&s.stage, s.ended);
	assert_bytes(&s, "because");
	assert_true(s.err != 0);
	close_seen(&s);
}

static void a_failed_write_tells_the_end_by_itself(void **unused)
{
	struct seen s;

	(void)unused;
	open_seen(&s);
	shutdown(s.sock.watch.fd, SHUT_WR);
	assert_int_equal(give(&s, "x", 1), -1);
	assert_false(s.ended);
	STAGE_UNTIL(&s.stage, s.ended);
	assert_int_equal(s.err, EPIPE);
	close_seen(&s);
}

static void a_connect_is_told_as_writable(void **unused)
{
	struct addr at;
	struct seen s = {0};
	int listener = tcp_listen(&at);

	(void)unused;
	stage_open(&s.stage);
	sock_open(&s.sock, &s.stage.loop, addr_connect(&at), true, &events, &s);
	assert_int_equal(give(&s, "early", 5), 0);
	STAGE_UNTIL(&s.stage, s.writable == 1);
	assert_int_equal(give(&s, "now", 3), 3);
	s.peer = accept(listener, NULL, NULL);
	assert_true(s.peer >= 0);
	close(listener);
	close_seen(&s);
}

static void a_connect_that_fails_is_told_as_an_end(void **unused)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct addr at = {.n = sizeof(in)};
	struct seen s = {.peer = -1};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), ours;

	(void)unused;
	stage_open(&s.stage);
	/* Bound and not listening: refused, and nobody else gets the port. */
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (void *)&in, sizeof(in)), 0);
	assert_int_equal(addr_of_socket(fd, &at), OK);
	ours = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	connect(ours, (void *)&at.sa, at.n);
	sock_open(&s.sock, &s.stage.loop, ours, true, &events, &s);
	STAGE_UNTIL(&s.stage, s.ended);
	assert_int_equal(s.writable, 0);
	close(fd);
	close_seen(&s);
}

static void a_reset_of_ours_is_seen_as_one(void **unused)
{
	struct seen s;
	char out[8];
	bool ended;

	(void)unused;
	open_seen(&s);
	sock_reset(&s.sock);
	assert_int_equal(tcp_hear(s.peer, out, sizeof(out), &ended), -1);
	assert_int_equal(errno, ECONNRESET);
	close_seen(&s);
}

/* One socket with much to say, another with little. */
static void a_fast_peer_does_not_keep_others_waiting(void **unused)
{
	static char many[4 << 20];
	struct seen fast, other = {0};
	int ours;

	(void)unused;
	open_seen(&fast);
	tcp_pair(&ours, &other.peer);
	sock_open(&other.sock, &fast.stage.loop, ours, false, &events, &other);
	stage_settle(&fast.stage);
	send(fast.peer, many, sizeof(many), MSG_DONTWAIT);
	tcp_say(other.peer, "me too");
	stage_turn(&fast.stage);
	stage_turn(&fast.stage);
	assert_bytes(&other, "me too");
	sock_close(&other.sock);
	close(other.peer);
	buf_fini(&other.bytes);
	close_seen(&fast);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			bytes_and_end_that_come_together_are_both_told),
		cmocka_unit_test(an_end_after_the_bytes_is_told_as_well),
		cmocka_unit_test(a_reset_is_told_as_an_error),
		cmocka_unit_test(
			a_reset_that_comes_with_bytes_is_told_behind_them),
		cmocka_unit_test(silence_is_no_end),
		cmocka_unit_test(a_flood_is_told_whole),
		cmocka_unit_test(
			a_paused_socket_tells_nothing_and_loses_nothing),
		cmocka_unit_test(a_pause_from_within_holds_back_the_rest),
		cmocka_unit_test(an_end_while_paused_is_told_on_resuming),
		cmocka_unit_test(a_reset_while_paused_is_told_on_resuming),
		cmocka_unit_test(an_eager_end_is_told_while_paused),
		cmocka_unit_test(
			an_eager_end_that_was_a_reset_is_told_while_paused),
		cmocka_unit_test(an_eager_end_behind_bytes_that_pause_is_told),
		cmocka_unit_test(a_close_from_within_ends_all_telling),
		cmocka_unit_test(
			what_the_kernel_does_not_take_is_told_when_it_does),
		cmocka_unit_test(an_empty_write_is_no_failure),
		cmocka_unit_test(what_was_said_before_a_failed_write_is_told),
		cmocka_unit_test(a_failed_write_tells_the_end_by_itself),
		cmocka_unit_test(a_connect_is_told_as_writable),
		cmocka_unit_test(a_connect_that_fails_is_told_as_an_end),
		cmocka_unit_test(a_reset_of_ours_is_seen_as_one),
		cmocka_unit_test(a_fast_peer_does_not_keep_others_waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
