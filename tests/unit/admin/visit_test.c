#include "router/admin/visit.h"

#include "common/base/mem.h"
#include "router/admin/answer.h"
#include "tests/unit/admin/visitor.h"

/* Says what it was asked. */
static void serve(struct visit *v)
{
	char *value = visit_value(v, "key");
	const char *header = visit_header(v, "X-Header");
	bool text = visit_wants_text(v);
	struct buf out = {0};

	buf_printf(&out, "%s|%s", value == NULL ? "none" : value,
		   header == NULL ? "none" : header);
	mem_free(value);
	visit_send_table(v, text, &out);
	assert_null(out.p);
}

static int set_up(void **unused)
{
	(void)unused;
	return visitor_set_up(serve);
}

static void values_of_the_query_are_found_unescaped(void **unused)
{
	(void)unused;
	assert_int_equal(visitor_get("/?a=1&key=one%20two", NULL, NULL), 200);
	assert_string_equal(visitor.body, "one two|none");
	visitor_get("/?key=", NULL, NULL);
	assert_string_equal(visitor.body, "|none");
}

static void what_is_not_there_has_no_value(void **unused)
{
	(void)unused;
	visitor_get("/", NULL, NULL);
	assert_string_equal(visitor.body, "none|none");
	visitor_get("/?", NULL, NULL);
	assert_string_equal(visitor.body, "none|none");
	visitor_get("/?keys=1", NULL, NULL);
	assert_string_equal(visitor.body, "none|none");
}

static void headers_are_found_by_any_spelling(void **unused)
{
	(void)unused;
	visitor_get("/", "x-hEADER", "here");
	assert_string_equal(visitor.body, "none|here");
}

static void a_table_is_text_only_if_it_is_wanted_so(void **unused)
{
	static const char *const json[] = {
		"/", "/?format=json", "/?format=", "/?format=texts", "/?text"};

	(void)unused;
	visitor_get("/?format=text", NULL, NULL);
	assert_string_equal(visitor.type, ANSWER_TEXT);
	for (size_t i = 0; i < ARRAY_LEN(json); i++) {
		visitor_get(json[i], NULL, NULL);
		assert_string_equal(visitor.type, "application/json");
	}
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, set_up, visitor_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(values_of_the_query_are_found_unescaped),
		TEST(what_is_not_there_has_no_value),
		TEST(headers_are_found_by_any_spelling),
		TEST(a_table_is_text_only_if_it_is_wanted_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
