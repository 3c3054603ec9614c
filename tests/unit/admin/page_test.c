#include "router/admin/page.h"

#include "router/admin/answer.h"
#include "tests/unit/admin/visitor.h"

static void serve(struct visit *v)
{
	if (slice_equal(v->path, SLICE("/")) && !page_is_wanted(v))
		answer_text(v->req, 200, "no page");
	else
		page_serve(v);
}

static int set_up(void **unused)
{
	(void)unused;
	return visitor_set_up(serve);
}

static void a_browser_gets_the_page(void **unused)
{
	(void)unused;
	assert_int_equal(visitor_get("/", "Accept",
				     "text/html,application/xhtml+xml;q=0.9"),
			 200);
	assert_string_equal(visitor.type, "text/html; charset=utf-8");
	assert_non_null(strstr(visitor.body, "<title>warmpath</title>"));
	assert_int_equal(strncmp(visitor.body, "<!doctype html>", 15), 0);
	assert_string_equal(visitor.body + strlen(visitor.body) - 8,
			    "</html>\n");
}

static void others_do_not(void **unused)
{
	(void)unused;
	assert_int_equal(visitor_get("/", "Accept", "*/*"), 200);
	assert_string_equal(visitor.body, "no page");
	assert_int_equal(visitor_get("/", NULL, NULL), 200);
	assert_string_equal(visitor.body, "no page");
	assert_int_equal(visitor_get("/", "Accept", "application/json"), 200);
	assert_string_equal(visitor.body, "no page");
}

static void its_files_are_whole_and_of_their_type(void **unused)
{
	(void)unused;
	assert_int_equal(visitor_get("/page.css", "Accept", "text/css"), 200);
	assert_string_equal(visitor.type, "text/css; charset=utf-8");
	assert_int_equal(strncmp(visitor.body, ":root", 5), 0);
	assert_string_equal(visitor.body + strlen(visitor.body) - 2, "}\n");
	assert_int_equal(visitor_get("/page.js", "Accept", "*/*"), 200);
	assert_string_equal(visitor.type, "text/javascript; charset=utf-8");
	assert_int_equal(strncmp(visitor.body, "\"use strict\";", 13), 0);
	assert_string_equal(visitor.body + strlen(visitor.body) - 8,
			    "poll();\n");
}

static void the_browser_is_held_to_what_comes_from_here(void **unused)
{
	static const char *const path[] = {"/", "/page.css", "/page.js"};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(path); i++) {
		assert_int_equal(visitor_get(path[i], "Accept", "text/html"),
				 200);
		assert_non_null(strstr(visitor.policy, "default-src 'none'"));
		assert_non_null(
			strstr(visitor.policy, "frame-ancestors 'none'"));
		assert_null(strstr(visitor.policy, "unsafe"));
		assert_null(strstr(visitor.policy, "*"));
		assert_null(strstr(visitor.policy, "http"));
	}
}

static void nothing_in_it_is_run_or_loaded_by_a_text(void **unused)
{
	(void)unused;
	assert_int_equal(visitor_get("/", "Accept", "text/html"), 200);
	assert_false(visitor_says("http:") || visitor_says("https:") ||
		     visitor_says("style="));
	assert_false(visitor_says(" onclick") || visitor_says(" onload"));
	assert_int_equal(visitor_get("/page.js", "Accept", "*/*"), 200);
	assert_false(visitor_says("innerHTML") || visitor_says("outerHTML") ||
		     visitor_says("eval("));
	assert_false(visitor_says("insertAdjacentHTML") ||
		     visitor_says("document.write"));
	assert_false(visitor_says("localStorage") ||
		     visitor_says("new Function"));
	assert_int_equal(visitor_get("/page.css", "Accept", "*/*"), 200);
	assert_false(visitor_says("url(") || visitor_says("@import"));
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, set_up, visitor_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_browser_gets_the_page),
		TEST(others_do_not),
		TEST(its_files_are_whole_and_of_their_type),
		TEST(the_browser_is_held_to_what_comes_from_here),
		TEST(nothing_in_it_is_run_or_loaded_by_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
