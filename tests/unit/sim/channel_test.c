/* Both ends of the side channel, and peers that know nothing of it. */
#include "tools/sim/call.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <event2/event.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct rig {
	struct event_base *base;
	struct channel *channel;
	uint64_t port;
	struct peer *peer; /* that has asked last */
	size_t asked, left, copied;
	struct call *call;
	size_t answers, lost;
	bool was_told; /* an object, in the last answer */
};

static void on_asked(void *arg, struct peer *p, json_t *question)
{
	struct rig *r = arg;

	assert_true(json_is_object(question));
	r->asked++;
	r->peer = p;
}

static void on_left(void *arg, struct peer *p, bool has_copied)
{
	struct rig *r = arg;

	r->left++;
	r->copied += has_copied;
	if (r->peer == p)
		r->peer = NULL;
}

static const struct channel_sink sink = {on_asked, on_left};

static void on_answer(void *arg, json_t *answer)
{
	struct rig *r = arg;

	r->answers++;
	r->was_told = answer != NULL;
}

static void on_lost(void *arg, json_t *nothing)
{
	assert_null(nothing);
	((struct rig *)arg)->lost++;
}

static void rig_init(struct rig *r)
{
	struct error err;

	*r = (struct rig){.base = event_base_new()};
	r->channel = channel_create(r->base, "127.0.0.1", &r->port, &sink, r,
				    &err);
	assert_non_null(r->channel);
}

static void rig_fini(struct rig *r)
{
	call_end(&r->call, false);
	channel_destroy(&r->channel);
	event_base_free(r->base);
}

/* Until `*count` is `n`; a hang is the runner's to notice. */
static void until(struct rig *r, const size_t *count, size_t n)
{
	while (*count < n)
		assert_true(event_base_loop(r->base, EVLOOP_ONCE) >= 0);
}

static void ask(struct rig *r, const char *host, uint64_t port)
{
	r->call = call_start(r->base, host, (uint16_t)port, SLICE("{}"), 0,
			     on_answer, r);
}

/* A stranger that sends these bytes and stays. */
static int stranger(const struct rig *r, struct slice bytes)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)r->port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(send(fd, bytes.p, bytes.n, MSG_NOSIGNAL), bytes.n);
	return fd;
}

/* Whether the stranger is cut off, without a byte. */
static void expect_cut_off(struct rig *r, int fd)
{
	char byte;
	ssize_t n;

	do {
		event_base_loop(r->base, EVLOOP_NONBLOCK);
		n = recv(fd, &byte, 1, MSG_DONTWAIT);
	} while (n < 0 && errno == EAGAIN);
	assert_true(n <= 0);
	close(fd);
}

static void a_question_is_answered(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	ask(&r, "localhost", r.port);
	until(&r, &r.asked, 1);
	peer_answer(r.peer, SLICE("{\"tokens\":1}"));
	until(&r, &r.answers, 1);
	assert_true(r.was_told);
	call_end(&r.call, true);
	until(&r, &r.left, 1);
	assert_int_equal(r.copied, 1);
	rig_fini(&r);
}

static void who_leaves_without_a_word_has_not_copied(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	ask(&r, "127.0.0.1", r.port);
	until(&r, &r.asked, 1);
	peer_answer(r.peer, SLICE("{}"));
	until(&r, &r.answers, 1);
	call_end(&r.call, false);
	until(&r, &r.left, 1);
	assert_int_equal(r.copied, 0);
	rig_fini(&r);
}

static void who_leaves_before_its_answer_is_told_of(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	ask(&r, "127.0.0.1", r.port);
	until(&r, &r.asked, 1);
	call_end(&r.call, false);
	until(&r, &r.left, 1);
	assert_int_equal(r.answers, 0);
	rig_fini(&r);
}

static void an_answer_that_is_no_object_is_none(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	ask(&r, "127.0.0.1", r.port);
	until(&r, &r.asked, 1);
	peer_answer(r.peer, SLICE("[1]"));
	until(&r, &r.answers, 1);
	assert_false(r.was_told);
	rig_fini(&r);
}

static void nobody_there_is_told_once(void **state)
{
	static const char *const hosts[] = {"127.0.0.1", "no address", ""};
	struct rig r;

	(void)state;
	rig_init(&r);
	channel_destroy(&r.channel);
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		ask(&r, hosts[i], r.port);
		assert_int_equal(r.answers, i);
		until(&r, &r.answers, i + 1);
		assert_false(r.was_told);
		event_base_loop(r.base, EVLOOP_NONBLOCK);
		assert_int_equal(r.answers, i + 1);
		call_end(&r.call, false);
	}
	rig_fini(&r);
}

static void a_server_that_dies_is_noticed(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	ask(&r, "127.0.0.1", r.port);
	until(&r, &r.asked, 1);
	peer_answer(r.peer, SLICE("{}"));
	until(&r, &r.answers, 1);
	call_watch(r.call, on_lost);
	channel_destroy(&r.channel);
	until(&r, &r.lost, 1);
	assert_int_equal(r.answers, 1);
	rig_fini(&r);
}

static void strangers_are_cut_off(void **state)
{
	static const char *const lines[] = {
		"GET / HTTP/1.1\r\n\r\n", "\n", "[]\n", "{\n", "{}\n{}\n",
	};
	struct rig r;

	(void)state;
	rig_init(&r);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		expect_cut_off(&r, stranger(&r, slice_of(lines[i])));
	/* The last had one question in order. */
	assert_int_equal(r.asked, 1);
	assert_int_equal(r.left, 1);
	rig_fini(&r);
}

static void a_line_without_an_end_is_cut_off(void **state)
{
	struct slice some = {NULL, 64 * 1024};
	char *bytes = calloc(1, some.n);
	struct rig r;
	ssize_t n;
	int fd;

	(void)state;
	rig_init(&r);
	some.p = bytes;
	fd = stranger(&r, SLICE("{"));
	do {
		event_base_loop(r.base, EVLOOP_NONBLOCK);
		n = send(fd, some.p, some.n, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n >= 0 || errno == EAGAIN);
	close(fd);
	free(bytes);
	assert_int_equal(r.asked, 0);
	rig_fini(&r);
}

static void an_address_that_is_none_is_refused(void **state)
{
	struct event_base *base = event_base_new();
	struct error err;
	uint64_t port = 0;

	(void)state;
	assert_null(
		channel_create(base, "no address", &port, &sink, NULL, &err));
	assert_int_equal(err.status, ERR_IO);
	event_base_free(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_is_answered),
		cmocka_unit_test(who_leaves_without_a_word_has_not_copied),
		cmocka_unit_test(who_leaves_before_its_answer_is_told_of),
		cmocka_unit_test(an_answer_that_is_no_object_is_none),
		cmocka_unit_test(nobody_there_is_told_once),
		cmocka_unit_test(a_server_that_dies_is_noticed),
		cmocka_unit_test(strangers_are_cut_off),
		cmocka_unit_test(a_line_without_an_end_is_cut_off),
		cmocka_unit_test(an_address_that_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
