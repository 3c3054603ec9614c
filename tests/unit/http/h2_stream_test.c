#include "common/http/h2_stream.h"

#include "tests/unit/http/h2_talk.h"

/* A talk with stream 1 open and its request told. */
static void begin(struct talk *t)
{
	talk_begin(t);
	t->answer = false;
	talk_get(t, 1);
	talk(t);
	texts_are(t, "1 head GET /v1/models\n1 end\n", "");
}

static void say(struct talk *t, const char *text)
{
	struct slice piece = slice_of(text);

	h2_stream_send(t->stream[0], &piece, 1);
	talk(t);
}

static void a_body_goes_as_it_comes(void **unused)
{
	struct talk t;

	(void)unused;
	begin(&t);
	h2_stream_answer(t.stream[0], 200, SLICE("\r\n"), false);
	talk(&t);
	texts_are(&t, "", "1 HEADERS :status=200\n");
	say(&t, "one");
	say(&t, "three");
	texts_are(&t, "1 sent, 0 left\n1 sent, 0 left\n",
		  "1 DATA 3\n1 DATA 5\n");
	h2_stream_end(t.stream[0]);
	talk(&t);
	texts_are(&t, "1 closed\n", "1 DATA 0 end\n");
	talk_fini(&t);
}

static void headers_of_a_connection_stay_behind(void **unused)
{
	struct talk t;

	(void)unused;
	begin(&t);
	h2_stream_answer(t.stream[0], 503,
			 SLICE("Content-Type:text/plain\r\n"
			       "Connection: close\r\n"
			       "Transfer-Encoding: chunked\r\n"
			       "Keep-Alive: 5\r\nX-Empty:\r\nA:  b : c \r\n"
			       "\r\n"),
			 true);
	talk(&t);
	texts_are(&t, "1 closed\n",
		  "1 HEADERS :status=503 content-type=text/plain x-empty= "
		  "a=b : c end\n");
	talk_fini(&t);
}

static void an_interim_answer_comes_before(void **unused)
{
	struct talk t;

	(void)unused;
	talk_begin(&t);
	talk_fields(&t, 1, 0, FIELDS(POST_HEAD, "expect 100-continue"));
	talk(&t);
	h2_stream_go_on(t.stream[0]);
	talk_frame(&t, T_DATA, T_END_STREAM, 1, SLICE("a"));
	talk(&t);
	texts_are(&t,
		  "1 head POST /x\n1 body 1\n1 end\n1 sent, 0 left\n"
		  "1 closed\n",
		  "1 HEADERS :status=100\n1 HEADERS :status=200 x-own=1\n"
		  "1 DATA 2 end\n");
	talk_fini(&t);
}

static void a_cut_answer_ends_in_a_reset_behind_its_bytes(void **unused)
{
	struct talk t;

	(void)unused;
	begin(&t);
	h2_stream_answer(t.stream[0], 200, SLICE("\r\n"), false);
	h2_stream_send(t.stream[0], &SLICE("some"), 1);
	h2_stream_cut(t.stream[0]);
	talk(&t);
	texts_are(&t, "1 sent, 0 left\n1 closed\n",
		  "1 HEADERS :status=200\n1 DATA 4\n1 RST 2\n");
	talk_fini(&t);
	/* When it waits for more. */
	begin(&t);
	h2_stream_answer(t.stream[0], 200, SLICE("\r\n"), false);
	say(&t, "some");
	h2_stream_cut(t.stream[0]);
	talk(&t);
	texts_are(&t, "1 sent, 0 left\n1 closed\n",
		  "1 HEADERS :status=200\n1 DATA 4\n1 RST 2\n");
	talk_fini(&t);
}

static void cuts_are_no_resets_of_the_client(void **unused)
{
	struct talk t;

	(void)unused;
	talk_begin(&t);
	t.answer = false;
	for (int id = 1; id < 28; id += 2) {
		talk_get(&t, id);
		talk(&t);
		h2_stream_answer(t.stream[id / 2], 200, SLICE("\r\n"), false);
		h2_stream_cut(t.stream[id / 2]);
		talk(&t);
	}
	assert_true(t.server.guard.resets.left == 200);
	talk_fini(&t);
}

static void a_reset_leaves_what_is_queued(void **unused)
{
	struct talk t;

	(void)unused;
	begin(&t);
	h2_stream_answer(t.stream[0], 200, SLICE("\r\n"), false);
	say(&t, "some");
	h2_stream_send(t.stream[0], &SLICE("more"), 1);
	h2_stream_reset(t.stream[0]);
	talk(&t);
	texts_are(&t, "1 sent, 0 left\n1 closed\n",
		  "1 HEADERS :status=200\n1 DATA 4\n1 RST 8\n");
	talk_fini(&t);
}

static void windows_are_kept(void **unused)
{
	struct talk t;
	char body[1000];
	struct slice piece = {body, sizeof(body)};

	(void)unused;
	memset(body, 'x', sizeof(body));
	talk_init_with(&t, &talk_limits);
	/* SETTINGS_INITIAL_WINDOW_SIZE 600. */
	talk_frame(&t, T_SETTINGS, 0, 0, SLICE("\0\4\0\0\2\x58"));
	t.answer = false;
	talk_get(&t, 1);
	talk(&t);
	texts_are(&t, "1 head GET /v1/models\n1 end\n", "");
	h2_stream_answer(t.stream[0], 200, SLICE("\r\n"), false);
	h2_stream_send(t.stream[0], &piece, 1);
	h2_stream_end(t.stream[0]);
	talk(&t);
	texts_are(&t, "1 sent, 400 left\n",
		  "1 HEADERS :status=200\n1 DATA 600\n");
	/* Others go on. */
	talk_get(&t, 3);
	talk(&t);
	talk_answer(t.stream[1], "ok");
	talk(&t);
	texts_are(&t,
		  "3 head GET /v1/models\n3 end\n3 sent, 0 left\n3 closed\n",
		  "3 HEADERS :status=200 x-own=1\n3 DATA 2 end\n");
	talk_frame(&t, T_WINDOW, 0, 1, SLICE("\0\0\x10\0"));
	talk(&t);
	texts_are(&t, "1 sent, 0 left\n1 closed\n", "1 DATA 400 end\n");
	talk_fini(&t);
}

static void streams_take_turns(void **unused)
{
	struct talk t;
	char body[60000];
	struct slice piece = {body, sizeof(body)};

	(void)unused;
	memset(body, 'x', sizeof(body));
	talk_begin(&t);
	t.answer = false;
	talk_fields(&t, 1, T_END_STREAM, FIELDS(GET_HEAD, "priority u=0"));
	talk_fields(&t, 3, T_END_STREAM, FIELDS(GET_HEAD, "priority u=7"));
	talk(&t);
	buf_reset(&t.told, 0);
	for (int i = 0; i < 2; i++) {
		h2_stream_answer(t.stream[i], 200, SLICE("\r\n"), false);
		h2_stream_send(t.stream[i], &piece, 1);
	}
	talk(&t);
	/* The connection's window is 65,535. */
	texts_are(&t,
		  "1 sent, 43616 left\n3 sent, 43616 left\n"
		  "1 sent, 27232 left\n3 sent, 27233 left\n",
		  "1 HEADERS :status=200\n3 HEADERS :status=200\n"
		  "1 DATA 16384\n3 DATA 16384\n1 DATA 16384\n"
		  "3 DATA 16383\n");
	talk_fini(&t);
}

static void an_answer_to_a_stream_that_is_gone_is_harmless(void **unused)
{
	struct talk t;

	(void)unused;
	begin(&t);
	h2_stream_answer(t.stream[0], 200, SLICE("\r\n"), false);
	h2_stream_reset(t.stream[0]);
	h2_stream_send(t.stream[0], &SLICE("some"), 1);
	h2_stream_end(t.stream[0]);
	talk(&t);
	texts_are(&t, "1 closed\n", "1 RST 8\n");
	talk_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_goes_as_it_comes),
		cmocka_unit_test(headers_of_a_connection_stay_behind),
		cmocka_unit_test(an_interim_answer_comes_before),
		cmocka_unit_test(a_cut_answer_ends_in_a_reset_behind_its_bytes),
		cmocka_unit_test(cuts_are_no_resets_of_the_client),
		cmocka_unit_test(a_reset_leaves_what_is_queued),
		cmocka_unit_test(windows_are_kept),
		cmocka_unit_test(streams_take_turns),
		cmocka_unit_test(
			an_answer_to_a_stream_that_is_gone_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
