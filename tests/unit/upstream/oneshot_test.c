#include "router/upstream/oneshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/tcp.h"

#define REQUEST "GET /path?a=b HTTP/1.1\r\nHost: api\r\n\r\n"

/* A question, and the server's end of its connection. */
struct bed {
	struct loop loop;
	struct oneshot shot;
	struct oneshot_server server;
	int listener, peer;
	/* What was told. */
	struct buf body;
	unsigned status, dones;
	char failure[256];
	bool cancels; /* in the first body */
};

static void on_body(void *arg, unsigned status, struct slice bytes)
{
	struct bed *b = arg;

	b->status = status;
	buf_append(&b->body, bytes);
	if (b->cancels)
		oneshot_cancel(&b->shot);
}

static void on_done(void *arg, unsigned status, const char *failure)
{
	struct bed *b = arg;

	b->dones++;
	b->status = status;
	snprintf(b->failure, sizeof(b->failure), "%s",
		 failure != NULL ? failure : "");
}

static const struct oneshot_events events = {on_body, on_done};

static int set_up(void **state)
{
	static struct bed b;

	memset(&b, 0, sizeof(b));
	b.peer = -1;
	b.listener = tcp_listen(&b.server.addr);
	loop_init(&b.loop);
	oneshot_init(&b.shot, &b.loop, &events, &b);
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	oneshot_fini(&b->shot);
	buf_fini(&b->body);
	close(b->listener);
	if (b->peer >= 0)
		close(b->peer);
	loop_fini(&b->loop);
	return 0;
}

static void start(struct bed *b, uint64_t head_ms, uint64_t between_ms)
{
	const struct oneshot_times times = {head_ms, between_ms, 60000};

	oneshot_start(&b->shot, &b->server, SLICE(REQUEST), &times);
}

/* Takes the connection and answers; returns what was asked. */
static void answer(struct bed *b, const char *text, char asked[1024])
{
	size_t n = 0;

	while (b->peer < 0) {
		loop_turn(&b->loop, false);
		b->peer = accept(b->listener, NULL, NULL);
	}
	tcp_set_blocking(b->peer, false);
	while (n < 4 || memcmp(asked + n - 4, "\r\n\r\n", 4) != 0) {
		ssize_t got = recv(b->peer, asked + n, 1023 - n, 0);

		n += got > 0 ? (size_t)got : 0;
		loop_turn(&b->loop, false);
	}
	asked[n] = '\0';
	tcp_say(b->peer, text);
}

static void wait_done(struct bed *b)
{
	while (b->dones == 0)
		loop_turn(&b->loop, true);
}

static void wait_body(struct bed *b, size_t n)
{
	while (buf_len(&b->body) < n)
		loop_turn(&b->loop, true);
}

static void assert_body(struct bed *b, const char *wanted)
{
	assert_int_equal(buf_len(&b->body), strlen(wanted));
	assert_memory_equal(buf_slice(&b->body).p, wanted, strlen(wanted));
}

static void an_answer_is_told_as_it_comes(void **state)
{
	struct bed *b = *state;
	char asked[1024];

	start(b, 5000, 5000);
	answer(b,
	       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	       "3\r\none\r\n",
	       asked);
	assert_string_equal(asked, REQUEST);
	wait_body(b, 3);
	assert_int_equal(b->dones, 0);
	tcp_say(b->peer, "3\r\ntwo\r\n0\r\n\r\n");
	wait_done(b);
	assert_body(b, "onetwo");
	assert_string_equal(b->failure, "");
	assert_int_equal(b->status, 200);
}

static void another_status_has_a_body_too(void **state)
{
	struct bed *b = *state;
	char asked[1024];

	start(b, 5000, 5000);
	answer(b, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno",
	       asked);
	wait_done(b);
	assert_body(b, "no");
	assert_int_equal(b->status, 403);
	assert_string_equal(b->failure, "");
}

static void one_that_breaks_off_is_a_failure(void **state)
{
	struct bed *b = *state;
	char asked[1024];

	start(b, 5000, 5000);
	answer(b, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nno", asked);
	wait_body(b, 2);
	close(b->peer);
	b->peer = -1;
	wait_done(b);
	assert_string_equal(b->failure, "its answer was cut");
	assert_true(b->shot.was_cut);
}

static void nobody_who_listens_is_a_failure(void **state)
{
	struct bed *b = *state;

	close(b->listener);
	start(b, 5000, 5000);
	b->listener = dup(0);
	wait_done(b);
	assert_non_null(strstr(b->failure, "Connection refused"));
	assert_int_equal(b->status, 0);
}

static void what_is_not_http_is_a_failure(void **state)
{
	struct bed *b = *state;
	char asked[1024];

	start(b, 5000, 5000);
	answer(b, "SSH-2.0-OpenSSH\r\n\r\n", asked);
	wait_done(b);
	assert_non_null(strstr(b->failure, "its answer is not HTTP"));
}

static void silence_ends_it(void **state)
{
	struct bed *b = *state;
	char asked[1024];

	start(b, 5000, 20);
	answer(b, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nno", asked);
	wait_done(b);
	assert_string_equal(b->failure, "it is silent");
	assert_false(b->shot.was_cut);
}

static void no_answer_ends_it(void **state)
{
	struct bed *b = *state;

	start(b, 20, 5000);
	wait_done(b);
	assert_string_equal(b->failure, "no answer in time");
}

static void a_trickle_has_an_end_too(void **state)
{
	const struct oneshot_times times = {5000, 5000, 50};
	struct bed *b = *state;
	char asked[1024];

	oneshot_start(&b->shot, &b->server, SLICE(REQUEST), &times);
	answer(b, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
	       asked);
	while (b->dones == 0) {
		(void)send(b->peer, "1\r\n.\r\n", 6, MSG_NOSIGNAL);
		loop_turn(&b->loop, true);
	}
	assert_string_equal(b->failure, "its answer takes too long");
	assert_false(b->shot.was_cut);
}

static void a_head_has_no_longer_than_the_whole(void **state)
{
	const struct oneshot_times times = {5000, 5000, 20};
	struct bed *b = *state;

	oneshot_start(&b->shot, &b->server, SLICE(REQUEST), &times);
	wait_done(b);
	assert_int_equal(b->status, 0);
	assert_string_equal(b->failure, "its answer takes too long");
}

static void what_cannot_be_begun_is_told_later(void **state)
{
	struct bed *b = *state;

	oneshot_fail(&b->shot, "no key");
	assert_int_equal(b->dones, 0);
	wait_done(b);
	assert_string_equal(b->failure, "no key");
	assert_int_equal(b->status, 0);
}

static void one_that_is_cancelled_tells_nothing(void **state)
{
	struct bed *b = *state;
	char asked[1024];

	b->cancels = true;
	start(b, 5000, 5000);
	answer(b, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno", asked);
	wait_body(b, 2);
	loop_turn(&b->loop, false);
	assert_int_equal(b->dones, 0);
	b->cancels = false;
	close(b->peer);
	b->peer = -1;
	start(b, 5000, 5000);
	answer(b, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno", asked);
	wait_done(b);
	assert_body(b, "nono");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answer_is_told_as_it_comes),
		TEST(another_status_has_a_body_too),
		TEST(one_that_breaks_off_is_a_failure),
		TEST(nobody_who_listens_is_a_failure),
		TEST(what_is_not_http_is_a_failure),
		TEST(silence_ends_it),
		TEST(no_answer_ends_it),
		TEST(a_trickle_has_an_end_too),
		TEST(a_head_has_no_longer_than_the_whole),
		TEST(what_cannot_be_begun_is_told_later),
		TEST(one_that_is_cancelled_tells_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
