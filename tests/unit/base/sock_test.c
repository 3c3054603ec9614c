#include "common/base/sock.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/clock.h"

#define PATIENCE_MS 5000

/* One end is a `struct sock` in a loop, the other a plain descriptor. */
struct pair {
	struct loop loop;
	struct sock sock;
	struct timer patience;
	int peer;
	char got[64];
	size_t n_got;
	int ended; /* times told */
	int err;
	uint64_t ended_ms;
};

static void on_bytes(void *arg, struct slice bytes)
{
	struct pair *p = arg;

	assert_true(p->n_got + bytes.n <= sizeof(p->got));
	memcpy(p->got + p->n_got, bytes.p, bytes.n);
	p->n_got += bytes.n;
}

static void on_writable(void *arg)
{
	(void)arg;
}

static void on_ended(void *arg, int err)
{
	struct pair *p = arg;

	p->ended++;
	p->err = err;
	p->ended_ms = clock_ms();
	loop_stop(&p->loop);
}

static const struct sock_events events = {on_bytes, on_writable, on_ended};

static void on_patience(void *arg)
{
	struct pair *p = arg;

	loop_stop(&p->loop);
}

static void connect_pair(int fd[2])
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t n = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, (struct sockaddr *)&a, n), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &n), 0);
	fd[0] = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fd[0], (struct sockaddr *)&a, n), 0);
	fd[1] = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	assert_true(fd[1] >= 0);
	close(listener);
}

static int set_up(void **state)
{
	static struct pair p;
	int fd[2];

	p = (struct pair){0};
	connect_pair(fd);
	p.peer = fd[0];
	loop_init(&p.loop);
	sock_open(&p.sock, &p.loop, fd[1], false, &events, &p);
	timer_init(&p.patience, &p.loop, on_patience, &p);
	timer_set(&p.patience, PATIENCE_MS);
	*state = &p;
	return 0;
}

static int tear_down(void **state)
{
	struct pair *p = *state;

	sock_close(&p->sock);
	timer_fini(&p->patience);
	loop_fini(&p->loop);
	if (p->peer >= 0)
		close(p->peer);
	return 0;
}

static void say(struct pair *p, const char *text)
{
	assert_int_equal(send(p->peer, text, strlen(text), MSG_NOSIGNAL),
			 strlen(text));
}

static void hang_up(struct pair *p, bool with_a_reset)
{
	struct linger at_once = {.l_onoff = 1, .l_linger = 0};

	if (with_a_reset)
		setsockopt(p->peer, SOL_SOCKET, SO_LINGER, &at_once,
			   sizeof(at_once));
	close(p->peer);
	p->peer = -1;
}

static void an_end_is_told_once_behind_all_bytes(void **state)
{
	struct pair *p = *state;

	say(p, "hello");
	hang_up(p, false);
	loop_run(&p->loop);
	assert_int_equal(p->ended, 1);
	assert_int_equal(p->err, 0);
	assert_memory_equal(p->got, "hello", 5);
}

/* The loop hears of both at once, and libevent then tells no end. */
static void a_reset_right_behind_bytes_is_told_soon(void **state)
{
	struct pair *p = *state;
	uint64_t begin = clock_ms();

	say(p, "hello");
	hang_up(p, true);
	loop_run(&p->loop);
	assert_int_equal(p->ended, 1);
	assert_int_equal(p->err, ECONNRESET);
	assert_int_equal(p->n_got, 5);
	assert_true(p->ended_ms - begin < 1000);
}

static void a_reset_is_told_even_while_paused_if_wanted(void **state)
{
	struct pair *p = *state;

	p->sock.eager_end = true;
	sock_pause(&p->sock);
	say(p, "hello");
	hang_up(p, true);
	loop_run(&p->loop);
	assert_int_equal(p->ended, 1);
	assert_int_equal(p->n_got, 0);
}

static void a_paused_socket_tells_nothing_until_it_goes_on(void **state)
{
	struct pair *p = *state;

	sock_pause(&p->sock);
	say(p, "hello");
	hang_up(p, true);
	timer_set(&p->patience, 300);
	loop_run(&p->loop);
	assert_int_equal(p->ended, 0);
	assert_int_equal(p->n_got, 0);
	sock_resume(&p->sock);
	timer_set(&p->patience, PATIENCE_MS);
	loop_run(&p->loop);
	assert_int_equal(p->ended, 1);
	assert_int_equal(p->n_got, 5);
}

static void silence_is_no_end(void **state)
{
	struct pair *p = *state;

	say(p, "hello");
	timer_set(&p->patience, 300);
	loop_run(&p->loop);
	assert_int_equal(p->ended, 0);
	assert_int_equal(p->n_got, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		T(an_end_is_told_once_behind_all_bytes),
		T(a_reset_right_behind_bytes_is_told_soon),
		T(a_reset_is_told_even_while_paused_if_wanted),
		T(a_paused_socket_tells_nothing_until_it_goes_on),
		T(silence_is_no_end),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
