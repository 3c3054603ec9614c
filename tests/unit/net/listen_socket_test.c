#include "router/net/listen_socket.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/un.h>

#include <cmocka.h>

#include "tests/unit/tcp.h"

/* Whether a connection is there within so many ms. */
static bool connects(const struct addr *to, int wait_ms)
{
	int fd = addr_connect(to), err = 0;
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	socklen_t n = sizeof(err);
	bool made = fd >= 0 && poll(&p, 1, wait_ms) == 1 &&
		    getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &n) == 0 &&
		    err == 0;

	if (fd >= 0)
		close(fd);
	return made;
}

static void the_last_holder_closes_it(void **unused)
{
	struct addr at;
	struct listen_socket *a = listen_socket_create(tcp_listen(&at)), *b;

	(void)unused;
	b = listen_socket_ref(a);
	listen_socket_unref(&a);
	assert_null(a);
	assert_true(connects(&at, 5000));
	listen_socket_unref(&b);
	assert_false(connects(&at, 5000));
	listen_socket_unref(&b);
}

static void one_that_refuses_lets_nobody_begin(void **unused)
{
	struct addr at;
	struct listen_socket *s = listen_socket_create(tcp_listen(&at));

	(void)unused;
	listen_socket_refuse(s);
	assert_false(connects(&at, 100));
	assert_int_equal(accept(s->fd, NULL, NULL), -1);
	assert_int_equal(errno, EAGAIN);
	listen_socket_unref(&s);
}

static void whoever_waits_when_it_begins_to_refuse_is_served(void **unused)
{
	struct addr at;
	struct listen_socket *s = listen_socket_create(tcp_listen(&at));
	int peer = tcp_connect(&at), ours;
	char got[8];

	(void)unused;
	listen_socket_refuse(s);
	tcp_say(peer, "hello");
	ours = accept(s->fd, NULL, NULL);
	assert_true(ours >= 0);
	listen_socket_unref(&s);
	assert_int_equal(recv(ours, got, sizeof(got), 0), 5);
	tcp_say(ours, "welcome");
	assert_int_equal(recv(peer, got, sizeof(got), 0), 7);
	close(ours);
	close(peer);
}

static void a_unix_socket_goes_on_as_if_nothing_had_been_said(void **unused)
{
	char path[64];
	struct listen_socket *s;
	struct addr at;
	int fd;

	(void)unused;
	snprintf(path, sizeof(path), "unix:/tmp/warmpath-listen-%ld",
		 (long)getpid());
	assert_int_equal(addr_parse(path, &at, NULL), OK);
	fd = addr_listen(&at, 4, false, NULL);
	assert_true(fd >= 0);
	s = listen_socket_create(fd);
	listen_socket_refuse(s);
	assert_true(connects(&at, 5000));
	assert_int_equal(listen_socket_linger_ms(&at), 0);
	listen_socket_unref(&s);
	unlink(path + 5);
}

static unsigned linger_of(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a, NULL), OK);
	return listen_socket_linger_ms(&a);
}

static void only_a_handshake_over_a_wire_takes_time(void **unused)
{
	(void)unused;
	assert_int_equal(linger_of("127.0.0.1:80"), 0);
	assert_int_equal(linger_of("127.9.9.9:80"), 0);
	assert_int_equal(linger_of("[::1]:80"), 0);
	assert_true(linger_of("0.0.0.0:80") > 0);
	assert_true(linger_of("10.0.0.1:80") > 0);
	assert_true(linger_of("[::]:80") > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_holder_closes_it),
		cmocka_unit_test(one_that_refuses_lets_nobody_begin),
		cmocka_unit_test(
			whoever_waits_when_it_begins_to_refuse_is_served),
		cmocka_unit_test(
			a_unix_socket_goes_on_as_if_nothing_had_been_said),
		cmocka_unit_test(only_a_handshake_over_a_wire_takes_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
