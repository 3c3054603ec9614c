#include "router/api/usage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void tells(const char *json, int64_t prompt, int64_t completion,
		  int64_t cached)
{
	struct api_usage u;
	api_usage_init(&u);
	api_usage_read(slice_of(json), &u);
	if (u.prompt_tokens != prompt || u.completion_tokens != completion ||
	    u.cached_tokens != cached)
		fail_msg("%s gave %d %d %d", json, (int)u.prompt_tokens,
			 (int)u.completion_tokens, (int)u.cached_tokens);
}

static void every_dialect_is_read(void **state)
{
	(void)state;
	tells("{\"id\":1,\"usage\":{\"prompt_tokens\":9,\"total_tokens\":12,"
	      "\"completion_tokens\":3,"
	      "\"prompt_tokens_details\":{\"cached_tokens\":8}}}",
	      9, 3, 8);
	tells("{\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":0,"
	      "\"prompt_tokens_details\":null}}",
	      9, 0, -1);
	tells("{\"usage\":{\"input_tokens\":9,\"output_tokens\":3,"
	      "\"input_tokens_details\":{\"cached_tokens\":4}}}",
	      9, 3, 4);
	/* What the output is made of says nothing of the input. */
	tells("{\"usage\":{\"input_tokens\":9,\"output_tokens\":3,"
	      "\"input_tokens_details\":{\"cached_tokens\":4},"
	      "\"output_tokens_details\":{\"reasoning_tokens\":1}}}",
	      9, 3, 4);
	tells("{\"type\":\"response.completed\",\"response\":{\"usage\":"
	      "{\"input_tokens\":9,\"output_tokens\":3}}}",
	      9, 3, -1);
	tells("{\"type\":\"message_start\",\"message\":{\"usage\":"
	      "{\"input_tokens\":5,\"cache_read_input_tokens\":16,"
	      "\"cache_creation_input_tokens\":2,\"output_tokens\":1}}}",
	      23, 1, 16);
}

static void what_is_not_told_stays_unknown(void **state)
{
	(void)state;
	const char *no[] = {
		"",
		"null",
		"[]",
		"{}",
		"{\"usage\":null}",
		"{\"usage\":{}}",
		"{\"usage\":[]}",
		"{\"usage\":{\"prompt_tokens\":\"9\"}}",
		"{\"usage\":{\"prompt_tokens\":-9}}",
		"{\"usage\":{\"prompt_tokens\":9.5}}",
		"{\"usage\":{\"prompt_tokens\":99999999999999999999}}",
		"{\"usage\":{\"prompt_tokens\":null}}",
		"{\"usage\":{\"prompt_tokens_details\":{\"cached_tokens\":"
		"null}}}",
		"{\"a\":{\"usage\":{\"prompt_tokens\":9}}}",
		"{\"usage\":{\"prompt_tokens\"",
		"{\"usage\":{\"input_tokens\":9223372036854775807,"
		"\"cache_read_input_tokens\":1}}",
		"not json",
	};
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		tells(no[i], -1, -1, -1);
}

static void streams_tell_at_their_ends(void **state)
{
	(void)state;
	struct sse s;
	struct api_usage u;
	sse_init(&s, 4096);
	sse_feed(&s, SLICE("event: message_start\ndata: {\"message\":{"
			   "\"usage\":{\"input_tokens\":7,"
			   "\"cache_read_input_tokens\":0,"
			   "\"output_tokens\":1}}}\n\n"));
	sse_feed(&s, SLICE("data: {\"delta\":\"x\"}\n\n"
			   "data: {\"usage\":{\"output_tokens\":42}}\n\n"));
	api_usage_init(&u);
	api_usage_read_stream(&s, &u);
	assert_int_equal(u.prompt_tokens, 7);
	assert_int_equal(u.completion_tokens, 42);
	assert_int_equal(u.cached_tokens, 0);
	sse_fini(&s);
}

static void a_stream_without_usage_tells_nothing(void **state)
{
	(void)state;
	struct sse s;
	struct api_usage u;
	sse_init(&s, 4096);
	sse_feed(&s, SLICE("data: {\"usage\":null}\n\ndata: [DONE]\n\n"));
	api_usage_init(&u);
	api_usage_read_stream(&s, &u);
	assert_int_equal(u.prompt_tokens, -1);
	assert_int_equal(u.completion_tokens, -1);
	sse_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_dialect_is_read),
		cmocka_unit_test(what_is_not_told_stays_unknown),
		cmocka_unit_test(streams_tell_at_their_ends),
		cmocka_unit_test(a_stream_without_usage_tells_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
