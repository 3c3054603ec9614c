#include "router/admin/explain.h"

#include "tests/unit/admin/bed.h"

static void an_explanation_is_passed_on_and_back(void **state)
{
	struct bed *b = *state;

	assert_int_equal(post(b, "/explain", "{}"), 503);
	admin_set_fleet(b->admin, b->fleet);
	assert_int_equal(post(b, "/explain", "{\"model\":\"m\"}"), 200);
	assert_string_equal(b->path, "/v1/chat/completions");
	assert_string_equal(b->asked, "{\"model\":\"m\"}");
	assert_string_equal(b->body, "{\"chosen\":\"one\"}");
	assert_string_equal(b->tenant, "");
	assert_int_equal(post(b, "/explain?tenant=acme", "x"), 200);
	assert_string_equal(b->tenant, "acme");
	assert_int_equal(post(b, "/explain?path=/v1/completions", "x"), 200);
	assert_string_equal(b->path, "/v1/completions");
}

static void a_person_is_answered_in_text(void **state)
{
	struct bed *b = *state;

	admin_set_fleet(b->admin, b->fleet);
	assert_int_equal(post(b, "/explain?format=text", "{}"), 200);
	assert_true(b->text);
	assert_string_equal(b->type, ANSWER_TEXT);
	assert_int_equal(get(b, "/explain/req-1?format=text"), 200);
	assert_true(b->text);
	assert_string_equal(b->type, ANSWER_TEXT);
	assert_int_equal(get(b, "/explain/req-1"), 200);
	assert_false(b->text);
	assert_string_equal(b->type, "application/json");
	b->found = 404;
	assert_int_equal(get(b, "/explain/req-1?format=text"), 404);
	assert_string_equal(b->type, "application/json");
}

static void decisions_are_asked_for_by_id_or_by_number(void **state)
{
	struct bed *b = *state;

	assert_int_equal(get(b, "/decisions"), 503);
	assert_int_equal(get(b, "/explain/req-1"), 503);
	admin_set_fleet(b->admin, b->fleet);
	assert_int_equal(get(b, "/explain/a%20b"), 200);
	assert_string_equal(b->asked, "a b");
	assert_int_equal(get(b, "/decisions"), 200);
	assert_string_equal(b->asked, "");
	assert_int_equal(b->max, 50);
	assert_false(b->ended);
	assert_int_equal(get(b, "/decisions?ended=true"), 200);
	assert_true(b->ended);
	assert_int_equal(get(b, "/decisions?n=7"), 200);
	assert_int_equal(b->max, 7);
}

static void what_is_no_id_and_no_number_is_refused(void **state)
{
	struct bed *b = *state;
	char path[600] = "/explain/";

	admin_set_fleet(b->admin, b->fleet);
	assert_int_equal(get(b, "/explain/"), 404);
	memset(path + strlen(path), 'x', 500);
	assert_int_equal(get(b, path), 404);
	assert_int_equal(get(b, "/decisions?n=0"), 400);
	assert_int_equal(get(b, "/decisions?n=501"), 400);
	assert_int_equal(get(b, "/decisions?n=-1"), 400);
	assert_int_equal(get(b, "/decisions?n="), 400);
	assert_int_equal(post(b, "/decisions", "x"), 405);
	assert_string_equal(b->asked, "");
}

/* It is with the explainer now. */
static struct evhttp_connection *ask_what_takes_time(struct bed *b)
{
	struct evhttp_connection *conn;

	admin_set_fleet(b->admin, b->fleet);
	b->later = true;
	conn = ask(b, EVHTTP_REQ_POST, "/explain", "x", NULL);
	while (b->done == NULL)
		event_base_loop(loop_base(&b->loop), EVLOOP_ONCE);
	return conn;
}

static void an_explanation_may_come_later(void **state)
{
	struct bed *b = *state;
	struct evhttp_connection *conn = ask_what_takes_time(b);

	b->done(b->done_arg, 400, SLICE("{\"error\":{}}"));
	turn_until_answered(b);
	evhttp_connection_free(conn);
	assert_int_equal(b->status, 400);
	assert_string_equal(b->body, "{\"error\":{}}");
}

static void an_explanation_survives_a_client_that_leaves(void **state)
{
	struct bed *b = *state;
	struct evhttp_connection *conn = ask_what_takes_time(b);

	evhttp_connection_free(conn);
	for (size_t i = 0; i < 10; i++)
		event_base_loop(loop_base(&b->loop), EVLOOP_NONBLOCK);
	b->done(b->done_arg, 200, SLICE("{}"));
	assert_int_equal(get(b, "/healthz"), 200);
}

static void an_explanation_survives_the_admin(void **state)
{
	struct bed *b = *state;
	struct evhttp_connection *conn = ask_what_takes_time(b);

	admin_destroy(&b->admin);
	b->done(b->done_arg, 200, SLICE("{}"));
	evhttp_connection_free(conn);
}

int main(void)
{
	static const struct CMUnitTest test[] = {
		TEST(an_explanation_is_passed_on_and_back),
		TEST(a_person_is_answered_in_text),
		TEST(decisions_are_asked_for_by_id_or_by_number),
		TEST(what_is_no_id_and_no_number_is_refused),
		TEST(an_explanation_may_come_later),
		TEST(an_explanation_survives_a_client_that_leaves),
		TEST(an_explanation_survives_the_admin),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
