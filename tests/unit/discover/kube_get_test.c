#include "router/discover/kube_get.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/tcp.h"

/* A question, and what came of it. */
struct bed {
	struct loop loop;
	struct oneshot shot;
	struct kube_server server;
	int listener, peer;
	bool done;
	char failure[256];
};

static void on_body(void *arg, unsigned status, struct slice bytes)
{
	(void)arg;
	(void)status;
	(void)bytes;
}

static void on_done(void *arg, unsigned status, const char *failure)
{
	struct bed *b = arg;

	(void)status;
	b->done = true;
	snprintf(b->failure, sizeof(b->failure), "%s",
		 failure != NULL ? failure : "");
}

static const struct oneshot_events events = {on_body, on_done};
static const struct oneshot_times times = {5000, 5000, 60000};

static int set_up(void **state)
{
	static struct bed b;

	memset(&b, 0, sizeof(b));
	b.peer = -1;
	b.listener = tcp_listen(&b.server.at.addr);
	b.server.host = "api";
	loop_init(&b.loop);
	oneshot_init(&b.shot, &b.loop, &events, &b);
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	oneshot_fini(&b->shot);
	close(b->listener);
	if (b->peer >= 0)
		close(b->peer);
	loop_fini(&b->loop);
	return 0;
}

/* What is asked, up to the end of its head. */
static void hear(struct bed *b, char asked[1024])
{
	size_t n = 0;

	kube_get_start(&b->shot, &b->server, SLICE("/path?a=b"), &times);
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
}

static void the_account_s_token_is_shown(void **state)
{
	struct bed *b = *state;
	char asked[1024];

	b->server.token = SLICE("secret");
	hear(b, asked);
	assert_string_equal(asked, "GET /path?a=b HTTP/1.1\r\nHost: api\r\n"
				   "User-Agent: warmpath\r\n"
				   "Accept: application/json\r\n"
				   "Connection: close\r\n"
				   "Authorization: Bearer secret\r\n\r\n");
}

static void without_a_token_none_is_shown(void **state)
{
	struct bed *b = *state;
	char asked[1024];

	hear(b, asked);
	assert_null(strstr(asked, "Authorization"));
}

static void assert_refused(struct bed *b, struct slice token)
{
	b->server.token = token;
	b->done = false;
	kube_get_start(&b->shot, &b->server, SLICE("/"), &times);
	while (!b->done)
		loop_turn(&b->loop, true);
	assert_non_null(strstr(b->failure, "token"));
}

static void a_token_cannot_add_a_header(void **state)
{
	assert_refused(*state, SLICE("a\r\nX: y"));
	assert_refused(*state, SLICE("a\n"));
}

static void a_token_cannot_end_a_text(void **state)
{
	assert_refused(*state, SLICE("a\0b"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_account_s_token_is_shown),
		TEST(without_a_token_none_is_shown),
		TEST(a_token_cannot_add_a_header),
		TEST(a_token_cannot_end_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
