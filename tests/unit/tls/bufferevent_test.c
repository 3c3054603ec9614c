#include "common/tls/bufferevent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "common/base/loop.h"
#include "tests/unit/tls/certificates.h"

#define TURNS 24 /* a handshake and what is said take fewer */

static void stop(void *loop)
{
	loop_stop(loop);
}

static void turn(struct loop *l)
{
	struct timer t;

	timer_init(&t, l, stop, l);
	timer_set(&t, 0);
	loop_run(l);
	timer_fini(&t);
}

/* As evhttp does: the callbacks look at nothing. */
static void on_bytes(struct bufferevent *bev, void *heard)
{
	struct evbuffer *in = bufferevent_get_input(bev);

	*(size_t *)heard += evbuffer_get_length(in);
	evbuffer_drain(in, evbuffer_get_length(in));
}

static void on_event(struct bufferevent *bev, short what, void *heard)
{
	(void)bev;
	(void)what;
	(void)heard;
}

static struct bufferevent *begin(struct loop *l, struct tls_context *c, int fd,
				 size_t *heard)
{
	struct bufferevent *bev = tls_bufferevent_create(loop_base(l), c);

	assert_int_equal(bufferevent_setfd(bev, fd), 0);
	bufferevent_setcb(bev, on_bytes, on_bytes, on_event, heard);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	bufferevent_write(bev, "hello", 5);
	return bev;
}

static bool is_closed(int fd)
{
	return fcntl(fd, F_GETFD) < 0;
}

/* Both ends are freed after so many turns, and then the loop. */
static size_t talk(struct tls_context *server, struct tls_context *client,
		   int turns)
{
	struct bufferevent *end[2];
	size_t heard[2] = {0, 0};
	struct loop l;
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX,
				    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
				    0, fd),
			 0);
	loop_init(&l);
	end[0] = begin(&l, server, fd[0], &heard[0]);
	end[1] = begin(&l, client, fd[1], &heard[1]);
	for (int i = 0; i < turns; i++)
		turn(&l);
	bufferevent_free(end[0]);
	bufferevent_free(end[1]);
	loop_fini(&l);
	assert_true(is_closed(fd[0]) && is_closed(fd[1]));
	return heard[0] + heard[1];
}

static void whenever_the_loop_ends_nothing_is_left_of_them(void **unused)
{
	struct certificates files;
	struct tls_options o = {.side = TLS_ADMIN},
			   own = {.side = TLS_WORKERS, .insecure = true};
	struct tls_context *server, *client;
	size_t most = 0;

	(void)unused;
	certificates_open(&files);
	o.certificate = files.chain;
	o.key = files.key;
	server = tls_context_create(&o, NULL, NULL);
	client = tls_context_create(&own, NULL, NULL);
	assert_true(server != NULL && client != NULL);
	for (int turns = 0; turns < TURNS; turns++)
		most = talk(server, client, turns);
	assert_int_equal(most, 10);
	tls_context_unref(&server);
	tls_context_unref(&client);
	certificates_close(&files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			whenever_the_loop_ends_nothing_is_left_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
