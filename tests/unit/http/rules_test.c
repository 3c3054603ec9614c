/* What the rules say of answers; requests stand in parser_test.c. */
#include "tests/unit/http/feed.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\n"

static void answers_are_read(void **state)
{
	(void)state;
	taken(HTTP_CLIENT, SLICE(OK_HEAD "Content-Length: 2\r\n\r\nab"),
	      "||||200|OK|1.1 f1 l2 k1 e0 [Content-Length=2]\nend\n", "ab");
	taken(HTTP_CLIENT, SLICE(OK_HEAD "Content-Length: 0\r\n\r\n"),
	      "||||200|OK|1.1 f0 l0 k1 e0 [Content-Length=0]\nend\n", "");
	taken(HTTP_CLIENT,
	      SLICE(OK_HEAD "transfer-encoding: chunked\r\n\r\n"
			    "2\r\nab\r\n0\r\n\r\n"),
	      "||||200|OK|1.1 f2 l-1 k1 e0 [transfer-encoding=chunked]\nend\n",
	      "ab");
	taken(HTTP_CLIENT,
	      SLICE("HTTP/1.1 404 Not Found at all\r\nContent-Length: 0\r\n"
		    "Connection: close\r\n\r\n"),
	      "||||404|Not Found at all|1.1 f0 l0 k0 e0 [Content-Length=0] "
	      "[Connection=close]\nend\n",
	      "");
	taken(HTTP_CLIENT, SLICE("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"),
	      "||||200||1.1 f0 l0 k1 e0 [Content-Length=0]\nend\n", "");
	taken(HTTP_CLIENT, SLICE("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n"),
	      "||||200||1.1 f0 l0 k1 e0 [Content-Length=0]\nend\n", "");
	taken(HTTP_CLIENT,
	      SLICE("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
	      "||||200|OK|1.0 f0 l0 k0 e0 [Content-Length=0]\nend\n", "");
}

static void answers_without_a_body_end_with_their_head(void **state)
{
	(void)state;
	taken(HTTP_CLIENT, SLICE("HTTP/1.1 204 No Content\r\n\r\n"),
	      "||||204|No Content|1.1 f0 l-1 k1 e0\nend\n", "");
	taken(HTTP_CLIENT,
	      SLICE("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"),
	      "||||304|Not Modified|1.1 f0 l9 k1 e0 [Content-Length=9]\nend\n",
	      "");
}

static void an_answer_to_head_has_no_body(void **state)
{
	(void)state;
	struct slice text = SLICE(OK_HEAD "Content-Length: 5\r\n\r\n");
	struct http_parser p;
	struct trace t;
	size_t n;
	trace_init(&t);
	http_parser_init(&p, HTTP_CLIENT, &limits, &events, &t);
	http_parser_expect_no_body(&p);
	assert_int_equal(http_parser_feed(&p, text, &n), OK);
	assert_int_equal(p.state, HTTP_DONE);
	assert_int_equal(p.room->head.content_length, 5);
	http_parser_next(&p);
	assert_int_equal(http_parser_feed(&p, text, &n), OK);
	assert_int_equal(p.state, HTTP_IN_BODY);
	http_parser_fini(&p);
	trace_fini(&t);
}

static void a_body_may_last_until_the_end(void **state)
{
	(void)state;
	struct trace t;
	run_all(&t, HTTP_CLIENT, SLICE(OK_HEAD "A: b\r\n\r\nall of it"), true);
	assert_int_equal(t.status, OK);
	assert_true(slice_equal(buf_slice(&t.text),
				SLICE("||||200|OK|1.1 f3 l-1 k0 e0 [A=b]\n"
				      "end\n")));
	assert_true(slice_equal(buf_slice(&t.body), SLICE("all of it")));
	trace_fini(&t);
}

static void a_cut_answer_is_not_whole(void **state)
{
	(void)state;
	const struct slice cut[] = {
		SLICE("H"),
		SLICE("HTTP/1.1 200 OK\r\n"),
		SLICE(OK_HEAD "Content-Length: 3\r\n\r\n"),
		SLICE(OK_HEAD "Content-Length: 3\r\n\r\nab"),
		SLICE(OK_HEAD "Transfer-Encoding: chunked\r\n\r\n"),
		SLICE(OK_HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\na"),
		SLICE(OK_HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"),
		SLICE(OK_HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\n"),
		SLICE(OK_HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\n\r"),
	};
	for (size_t i = 0; i < ARRAY_LEN(cut); i++) {
		struct trace t;
		run_all(&t, HTTP_CLIENT, cut[i], true);
		assert_int_equal(t.status, ERR_INVALID);
		assert_int_equal(t.error_status, 502);
		trace_fini(&t);
	}
}

static void nothing_at_all_is_just_closed(void **state)
{
	(void)state;
	struct trace t;
	run_all(&t, HTTP_CLIENT, SLICE(""), true);
	assert_int_equal(t.status, ERR_CLOSED);
	trace_fini(&t);
	run_all(&t, HTTP_SERVER, SLICE("GET / HTTP/1.0\r\n\r\n"), true);
	assert_int_equal(t.status, ERR_CLOSED);
	trace_fini(&t);
	run_all(&t, HTTP_SERVER, SLICE("GET / HT"), true);
	assert_int_equal(t.status, ERR_INVALID);
	trace_fini(&t);
}

static void interim_answers_are_passed_over(void **state)
{
	(void)state;
	taken(HTTP_CLIENT,
	      SLICE("HTTP/1.1 100 Continue\r\n\r\n"
		    "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" OK_HEAD
		    "Content-Length: 1\r\n\r\nx"),
	      "||||200|OK|1.1 f1 l1 k1 e0 [Content-Length=1]\nend\n", "x");
}

static void floods_of_interim_answers_are_refused(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b);
	for (int i = 0; i < 8; i++)
		buf_puts(&b, "HTTP/1.1 100 Continue\r\n\r\n");
	struct trace t;
	run(&t, HTTP_CLIENT, buf_slice(&b), buf_len(&b), false);
	assert_int_equal(t.status, OK);
	trace_fini(&t);
	buf_puts(&b, "HTTP/1.1 100 Continue\r\n\r\n");
	refused(HTTP_CLIENT, buf_slice(&b), 502);
	buf_fini(&b);
}

static void malformed_answers_are_refused(void **state)
{
	(void)state;
	const struct slice no[] = {
		SLICE("GET / HTTP/1.1\r\n\r\n"),
		SLICE("\r\n" OK_HEAD "Content-Length: 0\r\n\r\n"),
		SLICE("HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n"),
		SLICE("HTTP/1.1 200\tOK\r\nContent-Length: 0\r\n\r\n"),
		SLICE("HTTP/1.1\t200 OK\r\nContent-Length: 0\r\n\r\n"),
		SLICE(" HTTP/1.1 200 OK\r\n\r\n"),
		SLICE("HTTP/1.1 2 OK\r\n\r\n"),
		SLICE("HTTP/1.1 20 OK\r\n\r\n"),
		SLICE("HTTP/1.1 2000 OK\r\n\r\n"),
		SLICE("HTTP/1.1 099 OK\r\n\r\n"),
		SLICE("HTTP/1.1 600 OK\r\n\r\n"),
		SLICE("HTTP/1.1 -20 OK\r\n\r\n"),
		SLICE("HTTP/1.1 OK\r\n\r\n"),
		SLICE("HTTP/1.1\r\n\r\n"),
		SLICE("HTTP/2.0 200 OK\r\n\r\n"),
		SLICE("HTTP/0.9 200 OK\r\n\r\n"),
		SLICE("HTTP/1.2 200 OK\r\n\r\n"),
		SLICE("HTTP/1.10 200 OK\r\n\r\n"),
		SLICE("http/1.1 200 OK\r\n\r\n"),
		SLICE("ICY 200 OK\r\n\r\n"),
		SLICE("HTTP/1.1 200 O\x01K\r\n\r\n"),
		SLICE("HTTP/1.1 200 OK\nA: b\r\n\r\n"),
		SLICE("HTTP/1.1 101 Switching Protocols\r\n\r\n"),
		SLICE("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n"
		      "Connection: upgrade\r\n\r\n"),
		SLICE(OK_HEAD "Content-Length: 1\r\n"
			      "Transfer-Encoding: chunked\r\n\r\n"),
		SLICE(OK_HEAD "Content-Length: 1\r\n"
			      "Content-Length: 1\r\n\r\n"),
		SLICE("HTTP/1.1 100 A\r\nContent-Length: 1\r\n\r\n"),
		SLICE("HTTP/1.1 103 A\r\nTransfer-Encoding: chunked\r\n\r\n"),
		SLICE("HTTP/1.1 204 A\r\nContent-Length: 1\r\n\r\n"),
		SLICE("HTTP/1.1 204 A\r\nTransfer-Encoding: chunked\r\n\r\n"),
		SLICE(OK_HEAD "Content-Length: x\r\n\r\n"),
		SLICE(OK_HEAD "Content-Length: -1\r\n\r\n"),
		SLICE(OK_HEAD "Transfer-Encoding: gzip\r\n\r\n"),
		SLICE(OK_HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n"),
		SLICE(OK_HEAD "Transfer-Encoding: \r\n\r\n"),
		SLICE("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
		SLICE(OK_HEAD "A: b\r\n c\r\n\r\n"),
		SLICE(OK_HEAD "A : b\r\n\r\n"),
		SLICE(OK_HEAD ": b\r\n\r\n"),
		SLICE(OK_HEAD "A: b\0\r\n\r\n"),
		SLICE(OK_HEAD "A\r\n\r\n"),
		SLICE(OK_HEAD "Content-Length: 5000\r\n\r\n"),
		SLICE(OK_HEAD "Transfer-Encoding: chunked\r\n\r\nz"),
	};
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		refused(HTTP_CLIENT, no[i], 502);
}

static void surplus_bytes_stay_unconsumed(void **state)
{
	(void)state;
	struct slice text = SLICE(OK_HEAD "Content-Length: 1\r\n\r\nxSURPLUS");
	struct trace t;
	run_all(&t, HTTP_CLIENT, text, false);
	assert_int_equal(t.status, OK);
	assert_int_equal(t.consumed, text.n - 7);
	trace_fini(&t);
}

static void an_authority_is_a_host_and_a_port(void **state)
{
	(void)state;
	const struct slice yes[] = {
		SLICE("a"),       SLICE("a.b-c_d"),  SLICE("a:80"),
		SLICE("a:"),      SLICE("1.2.3.4"),  SLICE("1.2.3.4:65535"),
		SLICE("[::1]"),   SLICE("[::1]:80"), SLICE("[::ffff:1.2.3.4]"),
		SLICE("a%2Db:1"), SLICE("%c3%a4"),
	};
	const struct slice no[] = {
		SLICE(""),        SLICE(":80"),     SLICE("a:65536"),
		SLICE("a:8o"),    SLICE("a:-1"),    SLICE("a b"),
		SLICE("a,b"),     SLICE("u@h"),     SLICE("[]"),
		SLICE("[::1"),    SLICE("::1"),     SLICE("[g::1]"),
		SLICE("[::1]80"), SLICE("[::1]:x"), SLICE("a/"),
		SLICE("a\0"),     SLICE("a\x80"),   SLICE("a\""),
		SLICE("<a>"),     SLICE("a\t"),     SLICE("a%20"),
		SLICE("a%2"),     SLICE("%"),       SLICE("[::]:%31"),
	};
	for (size_t i = 0; i < ARRAY_LEN(yes); i++)
		if (!http_is_authority(yes[i]))
			fail_msg("refused: %.*s", SLICE_ARG(yes[i]));
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		if (http_is_authority(no[i]))
			fail_msg("taken: %.*s", SLICE_ARG(no[i]));
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answers_are_read),
		TEST(answers_without_a_body_end_with_their_head),
		TEST(an_answer_to_head_has_no_body),
		TEST(a_body_may_last_until_the_end),
		TEST(a_cut_answer_is_not_whole),
		TEST(nothing_at_all_is_just_closed),
		TEST(interim_answers_are_passed_over),
		TEST(floods_of_interim_answers_are_refused),
		TEST(malformed_answers_are_refused),
		TEST(surplus_bytes_stay_unconsumed),
		TEST(an_authority_is_a_host_and_a_port),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
