#include "router/tenant/limit_headers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MS     1000000ull
#define SECOND (1000 * MS)

static void is(const struct buf *b, const char *wanted)
{
	struct slice s = buf_slice(b);

	assert_int_equal(s.n, strlen(wanted));
	assert_memory_equal(s.p ? s.p : "", wanted, s.n);
}

static void durations_are_written_as_openai_does(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {
		{0, "0s"},
		{1, "1ms"},
		{17 * MS, "17ms"},
		{999 * MS, "999ms"},
		{999 * MS + 1, "1s"},
		{SECOND, "1s"},
		{8640 * MS, "8.64s"},
		{1005 * MS, "1.005s"},
		{59999 * MS, "59.999s"},
		{60 * SECOND, "1m0s"},
		{86400 * MS, "1m26.4s"},
		{360 * SECOND, "6m0s"},
		{3600 * SECOND, "1h0m0s"},
		{(3600 + 61) * SECOND, "1h1m1s"},
		{UINT64_MAX, "5124095h34m33.71s"},
	};
	char text[LIMIT_DURATION_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(limit_duration(cases[i].ns, text),
				    cases[i].text);
}

static void whoever_waits_as_long_as_told_is_served(void **state)
{
	(void)state;
	assert_int_equal(limit_retry_after_s(0), 1);
	assert_int_equal(limit_retry_after_s(1), 1);
	assert_int_equal(limit_retry_after_s(SECOND), 1);
	assert_int_equal(limit_retry_after_s(SECOND + 1), 2);
	assert_int_equal(limit_retry_after_s(UINT64_MAX), 86400);
}

static const struct limit_state requests = {60, {59, SECOND}};
static const struct limit_state tokens = {150000, {149984, 360 * SECOND}};
static const struct limit_state none;

static void openais_headers_have_durations(void **state)
{
	struct buf out = {0};

	(void)state;
	limit_headers_openai(&requests, &tokens, &out);
	is(&out, "x-ratelimit-limit-requests: 60\r\n"
		 "x-ratelimit-remaining-requests: 59\r\n"
		 "x-ratelimit-reset-requests: 1s\r\n"
		 "x-ratelimit-limit-tokens: 150000\r\n"
		 "x-ratelimit-remaining-tokens: 149984\r\n"
		 "x-ratelimit-reset-tokens: 6m0s\r\n");
	buf_fini(&out);
}

static void anthropics_headers_have_moments(void **state)
{
	struct buf out = {0};

	(void)state;
	limit_headers_anthropic(&requests, &tokens, 1801398896ull * 1000000 + 1,
				&out);
	is(&out, "anthropic-ratelimit-requests-limit: 60\r\n"
		 "anthropic-ratelimit-requests-remaining: 59\r\n"
		 "anthropic-ratelimit-requests-reset: 2027-01-31T12:34:58Z\r\n"
		 "anthropic-ratelimit-tokens-limit: 150000\r\n"
		 "anthropic-ratelimit-tokens-remaining: 149984\r\n"
		 "anthropic-ratelimit-tokens-reset: 2027-01-31T12:40:57Z\r\n");
	buf_fini(&out);
}

static void a_limit_that_is_not_there_is_not_told(void **state)
{
	struct buf out = {0};

	(void)state;
	limit_headers_openai(&none, &none, &out);
	limit_headers_anthropic(&none, &none, 0, &out);
	assert_int_equal(buf_len(&out), 0);
	limit_headers_openai(&none, &tokens, &out);
	assert_true(slice_starts(buf_slice(&out),
				 SLICE("x-ratelimit-limit-tokens: ")));
	buf_fini(&out);
}

static void a_workers_own_are_known(void **state)
{
	(void)state;
	assert_true(limit_header_is(SLICE("X-RateLimit-Limit-Requests")));
	assert_true(limit_header_is(SLICE("anthropic-ratelimit-tokens-reset")));
	assert_false(limit_header_is(SLICE("x-ratelimit")));
	assert_false(limit_header_is(SLICE("x-rate-limit-reset")));
	assert_false(limit_header_is(SLICE("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_written_as_openai_does),
		cmocka_unit_test(whoever_waits_as_long_as_told_is_served),
		cmocka_unit_test(openais_headers_have_durations),
		cmocka_unit_test(anthropics_headers_have_moments),
		cmocka_unit_test(a_limit_that_is_not_there_is_not_told),
		cmocka_unit_test(a_workers_own_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
