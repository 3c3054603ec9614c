#include "router/api/reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/http/sse.h"
#include "common/json/scan.h"

static void body_is(const struct api_error *e, enum api_dialect d,
		    const char *want)
{
	struct buf b;
	buf_init(&b);
	api_error_body(e, d, &b);
	if (!slice_equal(buf_slice(&b), slice_of(want)))
		fail_msg("%.*s, not %s", SLICE_ARG(buf_slice(&b)), want);
	buf_fini(&b);
}

static void errors_have_the_dialects_shape(void **state)
{
	(void)state;
	struct api_error e;
	api_error_set(&e, 400, "n", NULL, "n must be %d.", 1);
	body_is(&e, API_OPENAI,
		"{\"error\":{\"message\":\"n must be 1.\","
		"\"type\":\"invalid_request_error\",\"param\":\"n\","
		"\"code\":null}}");
	api_error_set(&e, 404, NULL, "model_not_found", "No such model.");
	body_is(&e, API_OPENAI,
		"{\"error\":{\"message\":\"No such model.\","
		"\"type\":\"not_found_error\",\"param\":null,"
		"\"code\":\"model_not_found\"}}");
	body_is(&e, API_ANTHROPIC,
		"{\"type\":\"error\",\"error\":{\"type\":\"not_found_error\","
		"\"message\":\"No such model.\"}}");
}

static void the_type_follows_the_status(void **state)
{
	(void)state;
	assert_string_equal(api_error_type(API_OPENAI, 400),
			    "invalid_request_error");
	assert_string_equal(api_error_type(API_OPENAI, 422),
			    "invalid_request_error");
	assert_string_equal(api_error_type(API_OPENAI, 429),
			    "rate_limit_exceeded");
	assert_string_equal(api_error_type(API_OPENAI, 502), "server_error");
	assert_string_equal(api_error_type(API_ANTHROPIC, 502), "api_error");
	assert_string_equal(api_error_type(API_ANTHROPIC, 503),
			    "overloaded_error");
	assert_string_equal(api_error_type(API_ANTHROPIC, 413),
			    "request_too_large");
}

/* Whatever a client put into the sentence. */
static void hostile_sentences_stay_inside_their_string(void **state)
{
	(void)state;
	struct api_error e;
	struct buf b;
	struct json_value v;
	buf_init(&b);
	api_error_set(&e, 400, NULL, NULL, "%s",
		      "\"}\r\n\x1b[0m\\ \xff\xc3 data: x\n\nevent: y");
	api_error_body(&e, API_OPENAI, &b);
	assert_int_equal(json_check(buf_slice(&b), 4, &v), OK);
	buf_reset(&b, 4096);
	api_error_event(&e, API_OPENAI, &b);
	struct sse s;
	sse_init(&s, 4096);
	assert_int_equal(sse_feed(&s, buf_slice(&b)), 1);
	assert_true(sse_at_boundary(&s));
	assert_true(s.failed);
	sse_fini(&s);
	buf_fini(&b);
}

static void a_long_sentence_is_cut(void **state)
{
	(void)state;
	struct api_error e;
	char text[1000];
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	api_error_set(&e, 500, NULL, NULL, "%s", text);
	assert_int_equal(strlen(e.message), sizeof(e.message) - 1);
}

static void events_have_the_dialects_shape(void **state)
{
	(void)state;
	struct api_error e;
	struct buf b;
	buf_init(&b);
	api_error_set(&e, 502, NULL, NULL, "Cut.");
	api_error_event(&e, API_ANTHROPIC, &b);
	assert_true(slice_equal(
		buf_slice(&b),
		SLICE("event: error\ndata: {\"type\":\"error\",\"error\":{"
		      "\"type\":\"api_error\",\"message\":\"Cut.\"}}\n\n")));
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_have_the_dialects_shape),
		cmocka_unit_test(the_type_follows_the_status),
		cmocka_unit_test(hostile_sentences_stay_inside_their_string),
		cmocka_unit_test(a_long_sentence_is_cut),
		cmocka_unit_test(events_have_the_dialects_shape),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
