#include "common/http/h2_receive.h"

#include "tests/unit/http/h2_talk.h"

static void a_body_is_told_as_it_comes(void **unused)
{
	struct talk t;

	(void)unused;
	talk_begin(&t);
	talk_fields(&t, 1, 0, FIELDS(POST_HEAD));
	talk_frame(&t, T_DATA, 0, 1, SLICE("abc"));
	talk_frame(&t, T_DATA, 0, 1, SLICE(""));
	talk_frame(&t, T_DATA, T_END_STREAM, 1, SLICE("de"));
	talk(&t);
	texts_are(&t,
		  "1 head POST /x\n1 body 3\n1 body 2\n1 end\n"
		  "1 sent, 0 left\n1 closed\n",
		  "1 HEADERS :status=200 x-own=1\n1 DATA 2 end\n");
	talk_fini(&t);
}

static void trailers_end_a_request_and_are_dropped(void **unused)
{
	struct talk t;

	(void)unused;
	talk_begin(&t);
	t.answer = false;
	talk_fields(&t, 1, 0, FIELDS(POST_HEAD));
	talk_frame(&t, T_DATA, 0, 1, SLICE("abc"));
	talk_fields(&t, 1, T_END_STREAM, FIELDS("x-sum 1"));
	talk(&t);
	texts_are(&t, "1 head POST /x\n1 body 3\n1 end\n", "");
	talk_fini(&t);
}

/* What is sent after POST_HEAD is refused with 400, and with a reset. */
static void is_refused(struct talk *t, const char *told)
{
	char came[64];

	talk(t);
	snprintf(came, sizeof(came), "1 HEADERS :status=400 end\n1 RST 1\n");
	texts_are(t, told, came);
	/* Other streams are none the worse. */
	talk_get(t, 3);
	talk(t);
	texts_are(t, "3 head GET /v1/models\n3 end\n3 sent, 0 left\n3 closed\n",
		  "3 HEADERS :status=200 x-own=1\n3 DATA 2 end\n");
	talk_fini(t);
}

static void malformed_trailers_are_refused(void **unused)
{
	struct talk t;

	(void)unused;
	talk_begin(&t);
	talk_fields(&t, 1, 0, FIELDS(POST_HEAD));
	talk_fields(&t, 1, T_END_STREAM, FIELDS(":path /", "X y"));
	is_refused(&t, "1 head POST /x\n1 refused 400\n1 closed\n");
	talk_begin(&t);
	talk_fields(&t, 1, 0, FIELDS(POST_HEAD));
	talk_fields(&t, 1, 0, FIELDS("x y"));
	is_refused(&t, "1 head POST /x\n1 refused 400\n1 closed\n");
}

static void a_malformed_head_is_refused(void **unused)
{
	struct talk t;

	(void)unused;
	talk_begin(&t);
	talk_fields(&t, 1, T_END_STREAM, FIELDS(GET_HEAD, "Upper case"));
	is_refused(&t, "1 refused 400\n1 closed\n");
	/* One that the parser refuses. */
	talk_begin(&t);
	talk_fields(&t, 1, T_END_STREAM,
		    FIELDS(":method GET", ":scheme http", ":path /"));
	is_refused(&t, "1 refused 400\n1 closed\n");
	/* With a body on its way. */
	talk_begin(&t);
	talk_fields(&t, 1, 0, FIELDS(GET_HEAD, "connection close"));
	talk_frame(&t, T_DATA, 0, 1, SLICE("abc"));
	is_refused(&t, "1 refused 400\n1 closed\n");
}

static void a_body_has_the_length_that_was_stated(void **unused)
{
	struct talk t;

	(void)unused;
	talk_begin(&t);
	talk_fields(&t, 1, 0, FIELDS(POST_HEAD, "content-length 3"));
	talk_frame(&t, T_DATA, 0, 1, SLICE("ab"));
	talk_frame(&t, T_DATA, 0, 1, SLICE("cd"));
	talk_frame(&t, T_DATA, T_END_STREAM, 1, SLICE("e"));
	is_refused(&t, "1 head POST /x\n1 body 2\n1 refused 400\n1 closed\n");
	talk_begin(&t);
	talk_fields(&t, 1, 0, FIELDS(POST_HEAD, "content-length 3"));
	talk_frame(&t, T_DATA, T_END_STREAM, 1, SLICE("ab"));
	is_refused(&t, "1 head POST /x\n1 body 2\n1 refused 400\n1 closed\n");
	talk_begin(&t);
	talk_fields(&t, 1, T_END_STREAM, FIELDS(POST_HEAD, "content-length 3"));
	is_refused(&t, "1 head POST /x\n1 refused 400\n1 closed\n");
	talk_begin(&t);
	talk_fields(&t, 1, 0, FIELDS(POST_HEAD, "content-length 0"));
	talk_frame(&t, T_DATA, T_END_STREAM, 1, SLICE("a"));
	is_refused(&t, "1 head POST /x\n1 refused 400\n1 closed\n");
}

static void a_body_of_the_length_is_taken(void **unused)
{
	struct talk t;

	(void)unused;
	talk_begin(&t);
	t.answer = false;
	talk_fields(&t, 1, 0, FIELDS(POST_HEAD, "content-length 3"));
	talk_frame(&t, T_DATA, T_END_STREAM, 1, SLICE("abc"));
	talk_fields(&t, 3, 0, FIELDS(POST_HEAD, "content-length 0"));
	talk_frame(&t, T_DATA, T_END_STREAM, 3, SLICE(""));
	talk(&t);
	texts_are(&t,
		  "1 head POST /x\n1 body 3\n1 end\n"
		  "3 head POST /x\n3 end\n",
		  "");
	talk_fini(&t);
}

static void a_body_over_the_limit_is_refused(void **unused)
{
	struct talk t;
	char body[4097];

	(void)unused;
	memset(body, 'x', sizeof(body));
	talk_begin(&t);
	talk_fields(&t, 1, 0, FIELDS(POST_HEAD));
	talk_frame(&t, T_DATA, 0, 1, (struct slice){body, 4096});
	talk_frame(&t, T_DATA, 0, 1, (struct slice){body, 1});
	talk_frame(&t, T_DATA, 0, 1, (struct slice){body, 1});
	talk(&t);
	texts_are(&t, "1 head POST /x\n1 body 4096\n1 refused 413\n1 closed\n",
		  "1 HEADERS :status=413 end\n1 RST 0\n");
	talk_fields(&t, 3, 0, FIELDS(POST_HEAD, "content-length 4097"));
	talk(&t);
	texts_are(&t, "3 refused 413\n3 closed\n",
		  "3 HEADERS :status=413 end\n3 RST 0\n");
	talk_fini(&t);
}

static void the_client_may_reset_a_stream(void **unused)
{
	struct talk t;

	(void)unused;
	talk_begin(&t);
	t.answer = false;
	talk_get(&t, 1);
	talk_fields(&t, 3, 0, FIELDS(POST_HEAD));
	talk_frame(&t, T_RST, 0, 3, SLICE("\0\0\0\x8"));
	talk_frame(&t, T_RST, 0, 1, SLICE("\0\0\0\x8"));
	talk(&t);
	texts_are(&t,
		  "1 head GET /v1/models\n1 end\n3 head POST /x\n3 closed\n"
		  "1 closed\n",
		  "");
	talk_fini(&t);
}

static void resets_are_bounded(void **unused)
{
	struct talk t;
	int id = 1;

	(void)unused;
	talk_begin(&t);
	t.answer = false;
	while (id < 1000 && !t.server.abused) {
		talk_fields(&t, id, 0, FIELDS(":method X"));
		talk_frame(&t, T_RST, 0, id, SLICE("\0\0\0\x8"));
		talk(&t);
		id += 2;
	}
	assert_int_equal(id, 1 + 2 * 201);
	talk_fini(&t);
}

static void no_more_streams_than_were_granted(void **unused)
{
	struct talk t;

	(void)unused;
	talk_begin(&t);
	t.answer = false;
	for (int id = 1; id <= 11; id += 2)
		talk_get(&t, id);
	talk(&t);
	assert_int_equal(t.server.n_streams, 4);
	assert_true(h2_session_is_over(&t.server));
	talk_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_is_told_as_it_comes),
		cmocka_unit_test(trailers_end_a_request_and_are_dropped),
		cmocka_unit_test(malformed_trailers_are_refused),
		cmocka_unit_test(a_malformed_head_is_refused),
		cmocka_unit_test(a_body_has_the_length_that_was_stated),
		cmocka_unit_test(a_body_of_the_length_is_taken),
		cmocka_unit_test(a_body_over_the_limit_is_refused),
		cmocka_unit_test(the_client_may_reset_a_stream),
		cmocka_unit_test(resets_are_bounded),
		cmocka_unit_test(no_more_streams_than_were_granted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
