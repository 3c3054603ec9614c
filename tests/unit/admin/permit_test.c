#include "router/admin/permit.h"

#include "router/admin/answer.h"
#include "tests/unit/admin/visitor.h"

#define TOKEN "a token of 23 characters"

static const char *token;

static void serve(struct visit *v)
{
	if (permit_is_foreign(v))
		answer_text(v->req, 418, "foreign");
	else if (permit_change(v, token))
		answer_text(v->req, 200, "done");
}

static int set_up(void **unused)
{
	(void)unused;
	token = TOKEN;
	return visitor_set_up(serve);
}

static int post(const char *origin, const char *authorization)
{
	if (origin != NULL) {
		visitor.header[0][0] = "Origin";
		visitor.header[0][1] = origin;
	}
	if (authorization != NULL) {
		visitor.header[1][0] = "Authorization";
		visitor.header[1][1] = authorization;
	}
	return visitor_ask(EVHTTP_REQ_POST, "/");
}

static void who_has_the_token_is_let_in(void **unused)
{
	(void)unused;
	assert_int_equal(post(NULL, "Bearer " TOKEN), 200);
	assert_int_equal(post("http://admin", "Bearer " TOKEN), 200);
	assert_int_equal(post("https://admin", "Bearer " TOKEN), 200);
}

static void who_has_none_is_told_what_is_needed(void **unused)
{
	(void)unused;
	assert_int_equal(post(NULL, NULL), 401);
	assert_string_equal(visitor.challenge, "Bearer");
	assert_true(visitor_says("admin_token"));
	assert_int_equal(post("http://admin", NULL), 401);
	assert_int_equal(post(NULL, "Bearer "), 401);
	assert_int_equal(post(NULL, "Bearer"), 401);
}

static void what_is_not_the_token_is_refused(void **unused)
{
	static const char *const wrong[] = {
		"Bearer a token of 23 character",
		"Bearer " TOKEN "s",
		"Bearer A token of 23 characters",
		"Bearer  " TOKEN,
		"Basic " TOKEN,
		"bearer" TOKEN,
		TOKEN,
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		assert_int_equal(post(NULL, wrong[i]), 401);
		assert_false(visitor_says(TOKEN));
	}
}

static void where_none_is_set_curl_needs_none(void **unused)
{
	(void)unused;
	token = NULL;
	assert_int_equal(post(NULL, NULL), 200);
	assert_int_equal(post(NULL, "Bearer whatever"), 200);
}

static void where_none_is_set_no_browser_changes_anything(void **unused)
{
	(void)unused;
	token = NULL;
	assert_int_equal(post("http://admin", NULL), 403);
	assert_true(visitor_says("admin_token is not set"));
	assert_int_equal(post("http://admin", "Bearer whatever"), 403);
}

static void pages_of_other_sites_are_foreign(void **unused)
{
	static const char *const origin[] = {
		"http://evil.example",
		"https://evil.example",
		"http://admin.evil.example",
		"http://admin:81",
		"ftp://admin",
		"null",
		"",
		"http://",
		"admin",
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(origin); i++)
		assert_int_equal(post(origin[i], "Bearer " TOKEN), 418);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, set_up, visitor_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_has_the_token_is_let_in),
		TEST(who_has_none_is_told_what_is_needed),
		TEST(what_is_not_the_token_is_refused),
		TEST(where_none_is_set_curl_needs_none),
		TEST(where_none_is_set_no_browser_changes_anything),
		TEST(pages_of_other_sites_are_foreign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
