#include "tests/unit/http/h2_talk.h"

static void settings_come_first(void **unused)
{
	struct talk t;
	struct buf out = {0};

	(void)unused;
	talk_init_with(&t, &talk_limits);
	h2_session_pull(&t.server, &out, 65536);
	assert_true(buf_len(&out) > 9);
	assert_int_equal(buf_slice(&out).p[3], T_SETTINGS);
	assert_false(h2_session_is_over(&t.server));
	buf_fini(&out);
	talk_fini(&t);
}

static void a_request_is_told_and_answered(void **unused)
{
	struct talk t;

	(void)unused;
	talk_begin(&t);
	talk_get(&t, 1);
	talk(&t);
	texts_are(&t,
		  "1 head GET /v1/models\n1 end\n1 sent, 0 left\n1 closed\n",
		  "1 HEADERS :status=200 x-own=1\n1 DATA 2 end\n");
	talk_fini(&t);
}

static void cuts_make_no_difference(void **unused)
{
	(void)unused;
	for (size_t step = 1; step < 30; step++) {
		struct talk t;

		talk_init_with(&t, &talk_limits);
		talk_frame(&t, T_SETTINGS, 0, 0, SLICE(""));
		talk_get(&t, 1);
		talk_turn(&t, step);
		texts_are(&t,
			  "1 head GET /v1/models\n1 end\n1 sent, 0 left\n"
			  "1 closed\n",
			  "1 HEADERS :status=200 x-own=1\n1 DATA 2 end\n");
		talk_fini(&t);
	}
}

static void it_knows_when_it_is_in_the_middle(void **unused)
{
	struct talk t;

	(void)unused;
	talk_init_with(&t, &talk_limits);
	assert_true(h2_session_midway(&t.server));
	talk(&t);
	assert_false(h2_session_midway(&t.server));
	talk_frame(&t, T_SETTINGS, 0, 0, SLICE(""));
	talk_frame(&t, T_HEADERS, 0, 1, SLICE("\x82"));
	talk(&t);
	assert_true(h2_session_midway(&t.server));
	talk_fini(&t);
}

static void no_more_is_given_than_was_asked_for(void **unused)
{
	struct talk t;
	struct buf out = {0};
	char body[40000];
	struct slice piece = {body, sizeof(body)};

	(void)unused;
	memset(body, 'x', sizeof(body));
	talk_begin(&t);
	t.answer = false;
	talk_get(&t, 1);
	talk(&t);
	h2_stream_answer(t.stream[0], 200, SLICE("\r\n"), false);
	h2_stream_send(t.stream[0], &piece, 1);
	h2_session_pull(&t.server, &out, 1000);
	/* One frame goes over it. */
	assert_in_range(buf_len(&out), 1000, 1000 + 16384 + 9);
	buf_reset(&out, 65536);
	h2_session_pull(&t.server, &out, 1000);
	assert_in_range(buf_len(&out), 1000, 1000 + 16384 + 9);
	buf_reset(&out, 65536);
	/* The stream ends in the middle of what was to be sent. */
	talk_frame(&t, T_RST, 0, 1, SLICE("\0\0\0\x8"));
	talk(&t);
	h2_session_pull(&t.server, &out, 100000);
	buf_fini(&out);
	talk_fini(&t);
}

static void a_bad_preface_ends_it(void **unused)
{
	struct talk t;

	(void)unused;
	talk_init_with(&t, &talk_limits);
	h2_session_feed(&t.server, SLICE("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"),
			1);
	buf_reset(&t.sent, 0);
	talk(&t);
	texts_are(&t, "goaway PROTOCOL_ERROR\n", "0 GOAWAY last 0 code 1\n");
	assert_true(h2_session_is_over(&t.server));
	/* Deaf from here on. */
	h2_session_feed(&t.server, H2_PREFACE_TEXT, 1);
	talk_fini(&t);
}

static void frames_that_are_none_end_it(void **unused)
{
	static const struct {
		enum talk_frame type;
		int flags, id;
		struct slice payload;
		int code;
	} bad[] = {
		{T_DATA, 0, 1, SLICE("x"), 1},
		{T_SETTINGS, 0, 0, SLICE("x"), 6},
		{T_PING, 0, 0, SLICE("1234567"), 6},
		{T_HEADERS, T_END_HEADERS, 2, SLICE("\x82"), 1},
		{T_HEADERS, T_END_HEADERS, 1, SLICE("\xff\xff\xff\xff"), 9},
		{T_CONTINUATION, T_END_HEADERS, 1, SLICE("\x82"), 1},
		{T_WINDOW, 0, 0, SLICE("\0\0\0\0"), 1},
		{T_WINDOW, 0, 0, SLICE("\x7f\xff\xff\xff"), 3},
		{T_PUSH, T_END_HEADERS, 1, SLICE("\0\0\0\2\x82"), 1},
		{T_RST, 0, 1, SLICE("\0\0\0\0"), 1},
		{T_PRIORITY, 0, 0, SLICE("\0\0\0\1\1"), 1},
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct talk t;
		char came[64];

		talk_begin(&t);
		talk_frame(&t, bad[i].type, bad[i].flags, bad[i].id,
			   bad[i].payload);
		talk(&t);
		snprintf(came, sizeof(came), " code %d\n", bad[i].code);
		buf_putc(&t.came, '\0');
		assert_non_null(strstr(buf_slice(&t.came).p, came));
		assert_true(h2_session_is_over(&t.server));
		talk_fini(&t);
	}
}

/* RFC 9113 5.1, "closed". */
static void frames_of_a_stream_that_is_over_end_it(void **unused)
{
	static const struct {
		enum talk_frame type;
		int flags;
		struct slice payload;
	} late[] = {
		{T_DATA, 0, SLICE("x")},
		{T_DATA, T_END_STREAM, SLICE("")},
		{T_HEADERS, T_END_HEADERS | T_END_STREAM, SLICE("\x82")},
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(late); i++) {
		struct talk t;

		talk_begin(&t);
		talk_get(&t, 1);
		talk(&t);
		buf_reset(&t.told, 0);
		buf_reset(&t.came, 0);
		talk_frame(&t, late[i].type, late[i].flags, 1, late[i].payload);
		talk_get(&t, 3);
		talk(&t);
		texts_are(&t, "goaway STREAM_CLOSED\n",
			  "0 GOAWAY last 1 code 5\n");
		assert_true(h2_session_is_over(&t.server));
		talk_fini(&t);
	}
}

static void a_stream_that_its_client_has_reset_is_over(void **unused)
{
	struct talk t;

	(void)unused;
	talk_begin(&t);
	talk_fields(&t, 1, 0, FIELDS(POST_HEAD));
	talk_frame(&t, T_RST, 0, 1, SLICE("\0\0\0\x8"));
	talk_frame(&t, T_DATA, 0, 1, SLICE("x"));
	talk(&t);
	texts_are(&t, "goaway STREAM_CLOSED\n", "0 GOAWAY last 0 code 5\n");
	talk_fini(&t);
}

/* What was on its way when we reset it is no fault. */
static void a_stream_that_we_have_reset_may_go_on_for_a_while(void **unused)
{
	struct talk t;

	(void)unused;
	talk_begin(&t);
	t.answer = false;
	talk_fields(&t, 1, 0, FIELDS(POST_HEAD));
	talk(&t);
	talk_answer(t.stream[0], "no");
	talk(&t);
	texts_are(&t, "1 head POST /x\n1 sent, 0 left\n1 closed\n",
		  "1 HEADERS :status=200 x-own=1\n1 DATA 2 end\n1 RST 0\n");
	talk_frame(&t, T_DATA, 0, 1, SLICE("more"));
	talk_frame(&t, T_DATA, T_END_STREAM, 1, SLICE("and more"));
	talk_get(&t, 3);
	talk(&t);
	texts_are(&t, "3 head GET /v1/models\n3 end\n", "");
	talk_fini(&t);
}

static void abuse_is_told_and_ends_it(void **unused)
{
	struct talk t;

	(void)unused;
	talk_begin(&t);
	talk_get(&t, 1);
	for (int i = 0; i < 1100; i++)
		talk_frame(&t, T_PING, 0, 0, SLICE("12345678"));
	talk(&t);
	/* Not even the request before it: what comes is judged as a whole. */
	texts_are(&t, "goaway flood\n", "0 GOAWAY last 0 code 11\n");
	assert_true(t.server.abused);
	assert_true(h2_session_is_over(&t.server));
	talk_fini(&t);
}

static void answers_that_nobody_reads_are_bounded(void **unused)
{
	struct talk t;

	(void)unused;
	talk_begin(&t);
	for (int i = 0; i < 600; i++) {
		talk_frame(&t, T_PING, 0, 0, SLICE("12345678"));
		h2_session_feed(&t.server, buf_slice(&t.sent), t.now_ms);
		buf_reset(&t.sent, 0);
	}
	assert_true(t.server.abused);
	talk_fini(&t);
}

static void a_warning_lets_streams_come_until_it_is_heard(void **unused)
{
	struct talk t;

	(void)unused;
	talk_begin(&t);
	h2_session_warn(&t.server, "drain");
	h2_session_warn(&t.server, "drain");
	talk(&t);
	texts_are(&t, "", "0 GOAWAY last 127 code 0\n0 PING\n");
	talk_get(&t, 1);
	talk_frame(&t, T_PING, T_ACK, 0, SLICE("\0\0\0\0\0\0\0\0"));
	talk_get(&t, 3);
	talk(&t);
	texts_are(&t,
		  "1 head GET /v1/models\n1 end\ngoaway drain\n"
		  "1 sent, 0 left\n1 closed\n",
		  "1 HEADERS :status=200 x-own=1\n0 GOAWAY last 1 code 0\n"
		  "3 RST 7\n1 DATA 2 end\n");
	assert_true(h2_session_is_over(&t.server));
	talk_fini(&t);
}

static void an_answer_to_no_ping_is_no_reason_to_leave(void **unused)
{
	struct talk t;

	(void)unused;
	talk_begin(&t);
	talk_frame(&t, T_PING, T_ACK, 0, SLICE("\0\0\0\0\0\0\0\0"));
	talk(&t);
	texts_are(&t, "", "");
	assert_false(h2_session_is_over(&t.server));
	talk_fini(&t);
}

static void it_leaves_when_its_streams_have_ended(void **unused)
{
	struct talk t;

	(void)unused;
	talk_begin(&t);
	t.answer = false;
	talk_get(&t, 1);
	talk(&t);
	h2_session_leave(&t.server, "idle");
	h2_session_leave(&t.server, "again");
	h2_session_warn(&t.server, "again");
	talk(&t);
	texts_are(&t, "1 head GET /v1/models\n1 end\ngoaway idle\n",
		  "0 GOAWAY last 1 code 0\n");
	assert_false(h2_session_is_over(&t.server));
	talk_answer(t.stream[0], "ok");
	talk(&t);
	assert_true(h2_session_is_over(&t.server));
	talk_fini(&t);
}

static void one_without_streams_has_no_room_for_heads(void **unused)
{
	struct talk t;

	(void)unused;
	talk_begin(&t);
	t.answer = false;
	talk_get(&t, 1);
	talk_get(&t, 3);
	talk(&t);
	talk_answer(t.stream[0], "ok");
	talk(&t);
	assert_int_equal(t.server.n_streams, 1);
	assert_non_null(t.server.head.text.p);
	talk_answer(t.stream[1], "ok");
	talk(&t);
	assert_int_equal(t.server.n_streams, 0);
	assert_null(t.server.head.text.p);
	/* And takes it anew. */
	talk_get(&t, 5);
	talk(&t);
	assert_int_equal(t.server.n_streams, 1);
	talk_fini(&t);
}

static void streams_that_are_open_are_closed_with_it(void **unused)
{
	struct talk t;

	(void)unused;
	talk_begin(&t);
	t.answer = false;
	talk_get(&t, 1);
	talk_get(&t, 3);
	talk(&t);
	assert_int_equal(t.server.n_streams, 2);
	h2_session_end(&t.server, "drain");
	talk(&t);
	assert_true(h2_session_is_over(&t.server));
	assert_int_equal(t.server.n_streams, 2);
	talk_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_come_first),
		cmocka_unit_test(a_request_is_told_and_answered),
		cmocka_unit_test(cuts_make_no_difference),
		cmocka_unit_test(it_knows_when_it_is_in_the_middle),
		cmocka_unit_test(no_more_is_given_than_was_asked_for),
		cmocka_unit_test(a_bad_preface_ends_it),
		cmocka_unit_test(frames_that_are_none_end_it),
		cmocka_unit_test(frames_of_a_stream_that_is_over_end_it),
		cmocka_unit_test(a_stream_that_its_client_has_reset_is_over),
		cmocka_unit_test(
			a_stream_that_we_have_reset_may_go_on_for_a_while),
		cmocka_unit_test(abuse_is_told_and_ends_it),
		cmocka_unit_test(answers_that_nobody_reads_are_bounded),
		cmocka_unit_test(a_warning_lets_streams_come_until_it_is_heard),
		cmocka_unit_test(an_answer_to_no_ping_is_no_reason_to_leave),
		cmocka_unit_test(it_leaves_when_its_streams_have_ended),
		cmocka_unit_test(one_without_streams_has_no_room_for_heads),
		cmocka_unit_test(streams_that_are_open_are_closed_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
