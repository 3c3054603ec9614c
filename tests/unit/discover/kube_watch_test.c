#include "router/discover/kube_watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/tcp.h"

#define HEAD "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
#define LIST(version, more, items)                                             \
	HEAD "{\"metadata\":{\"resourceVersion\":\"" version "\"" more         \
	     "},\"items\":[" items "]}"
#define OBJECT(name, version)                                                  \
	"{\"metadata\":{\"name\":\"" name "\",\"resourceVersion\":\"" version  \
	"\"}}"
#define EVENT(type, object) "{\"type\":\"" type "\",\"object\":" object "}\n"

/* A watch, and the server's end of its connection. */
struct bed {
	struct loop loop;
	struct conf_kubernetes conf;
	struct kube_watch watch;
	int listener;
	char api[64];
	/* What was told, word by word. */
	struct buf told;
};

static void tell(struct bed *b, const char *word, const char *what)
{
	buf_printf(&b->told, "%s%s ", word, what);
}

static const char *name_of(const json_t *object)
{
	const char *name = json_string_value(
		json_object_get(json_object_get(object, "metadata"), "name"));

	return name != NULL ? name : "?";
}

static void on_begin(void *arg)
{
	tell(arg, "begin", "");
}

static void on_put(void *arg, const json_t *object)
{
	tell(arg, "+", name_of(object));
}

static void on_drop(void *arg, const json_t *object)
{
	tell(arg, "-", name_of(object));
}

static void on_synced(void *arg, bool moved)
{
	tell(arg, moved ? "synced" : "quiet", "");
}

static void on_failed(void *arg, const char *why)
{
	tell(arg, "failed: ", why);
}

static const struct kube_watch_events events = {
	.begin = on_begin,
	.put = on_put,
	.drop = on_drop,
	.synced = on_synced,
	.failed = on_failed,
};

static int set_up(void **state)
{
	static struct bed b;
	struct addr at;

	memset(&b, 0, sizeof(b));
	b.listener = tcp_listen(&at);
	snprintf(b.api, sizeof(b.api), "http://127.0.0.1:%u", addr_port(&at));
	b.conf.api = b.api;
	b.conf.watch_timeout_ms = 60000;
	loop_init(&b.loop);
	kube_watch_init(&b.watch, &b.loop, &b.conf, &events, &b);
	kube_watch_start(&b.watch, "/pods", "a=b", NULL);
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	kube_watch_fini(&b->watch);
	buf_fini(&b->told);
	close(b->listener);
	loop_fini(&b->loop);
	return 0;
}

/* Takes the next question, which must have this target, and says this much
 * to it; the connection is the caller's. */
static int answer(struct bed *b, const char *target, const char *text)
{
	char asked[2048], line[256];
	size_t n = 0;
	int fd = -1;

	while (fd < 0) {
		fd = accept(b->listener, NULL, NULL);
		if (fd < 0)
			loop_turn(&b->loop, true);
	}
	tcp_set_blocking(fd, false);
	while (n < 4 || memcmp(asked + n - 4, "\r\n\r\n", 4) != 0) {
		ssize_t got = recv(fd, asked + n, sizeof(asked) - n, 0);

		n += got > 0 ? (size_t)got : 0;
		loop_turn(&b->loop, false);
	}
	snprintf(line, sizeof(line), "GET /pods?labelSelector=a%%3Db&%s HTTP",
		 target);
	asked[strlen(line)] = '\0';
	assert_string_equal(asked, line);
	tcp_say(fd, text);
	return fd;
}

/* The same, and all that there is. */
static void answer_whole(struct bed *b, const char *target, const char *text)
{
	close(answer(b, target, text));
}

static void wait_told(struct bed *b, const char *wanted)
{
	size_t n = strlen(wanted);

	while (buf_len(&b->told) < n)
		loop_turn(&b->loop, true);
	buf_putc(&b->told, '\0');
	assert_string_equal(buf_slice(&b->told).p, wanted);
	buf_reset(&b->told, 0);
}

#define FIRST "limit=250"
#define WATCH                                                                  \
	"watch=true&allowWatchBookmarks=true&timeoutSeconds=60&"               \
	"resourceVersion="

static void list_one(struct bed *b)
{
	answer_whole(b, FIRST, LIST("7", "", OBJECT("a", "3")));
	wait_told(b, "begin +a synced ");
}

static void a_listing_is_followed_by_a_watch_from_its_version(void **state)
{
	struct bed *b = *state;
	int fd;

	list_one(b);
	fd = answer(b, WATCH "7", HEAD EVENT("ADDED", OBJECT("b", "8")));
	wait_told(b, "+b synced ");
	tcp_say(fd, EVENT("DELETED", OBJECT("a", "9")));
	wait_told(b, "-a synced ");
	tcp_say(fd, EVENT("BOOKMARK", OBJECT("?", "20")));
	wait_told(b, "quiet ");
	close(fd);
	answer_whole(b, WATCH "20", HEAD EVENT("MODIFIED", OBJECT("b", "21")));
	wait_told(b, "+b synced ");
}

static void pages_are_one_listing(void **state)
{
	struct bed *b = *state;

	answer_whole(b, FIRST,
		     LIST("7", ",\"continue\":\"a/b\"", OBJECT("a", "3")));
	wait_told(b, "begin +a ");
	answer_whole(b, FIRST "&continue=a%2Fb",
		     LIST("7", "", OBJECT("b", "3")));
	wait_told(b, "+b synced ");
	close(answer(b, WATCH "7", HEAD));
}

static void a_version_that_is_gone_is_followed_by_a_listing(void **state)
{
	struct bed *b = *state;

	list_one(b);
	answer_whole(b, WATCH "7",
		     "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n");
	list_one(b);
	close(answer(b, WATCH "7",
		     HEAD EVENT("ERROR", "{\"code\":410,\"message\":\"x\"}")));
	list_one(b);
}

static void a_line_that_is_cut_comes_again(void **state)
{
	struct bed *b = *state;

	list_one(b);
	answer_whole(b, WATCH "7",
		     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		     "8\r\n{\"type\":\r\n");
	answer_whole(b, WATCH "7", HEAD EVENT("ADDED", OBJECT("b", "8")));
	wait_told(b, "+b synced ");
}

static void an_error_is_told_and_followed_by_a_listing(void **state)
{
	struct bed *b = *state;

	answer_whole(b, FIRST,
		     "HTTP/1.1 403 Forbidden\r\nContent-Length: 16\r\n\r\n"
		     "{\"message\":\"no\"}");
	wait_told(b, "failed: status 403: no ");
	list_one(b);
	close(answer(b, WATCH "7",
		     HEAD EVENT("ERROR", "{\"code\":500,\"message\":\"x\"}")));
	wait_told(b, "failed: the watch ended with an error: 500: x ");
	list_one(b);
}

static void what_makes_no_sense_is_told_and_followed_by_a_listing(void **state)
{
	static const struct {
		const char *said, *told;
	} watch[] = {
		{HEAD "\n", "failed: a line of the watch is not JSON "},
		{HEAD "{}\n", "failed: a line of the watch is no event "},
		{HEAD "[1]\n", "failed: a line of the watch is no event "},
	};
	struct bed *b = *state;

	answer_whole(b, FIRST, HEAD "so it goes");
	wait_told(b, "failed: its answer is not JSON ");
	answer_whole(b, FIRST, HEAD "{\"items\":[]}");
	wait_told(b, "failed: its answer is no list ");
	answer_whole(b, FIRST, LIST("", "", ""));
	wait_told(b, "failed: its answer is no list ");
	for (size_t i = 0; i < ARRAY_LEN(watch); i++) {
		list_one(b);
		answer_whole(b, WATCH "7", watch[i].said);
		wait_told(b, watch[i].told);
	}
}

static void one_that_is_stopped_tells_and_asks_nothing(void **state)
{
	struct bed *b = *state;

	list_one(b);
	kube_watch_stop(&b->watch);
	loop_turn(&b->loop, false);
	assert_int_equal(accept(b->listener, NULL, NULL), -1);
	kube_watch_start(&b->watch, "/pods", "a=b", NULL);
	list_one(b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_listing_is_followed_by_a_watch_from_its_version),
		TEST(pages_are_one_listing),
		TEST(a_version_that_is_gone_is_followed_by_a_listing),
		TEST(a_line_that_is_cut_comes_again),
		TEST(an_error_is_told_and_followed_by_a_listing),
		TEST(what_makes_no_sense_is_told_and_followed_by_a_listing),
		TEST(one_that_is_stopped_tells_and_asks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
