#include "router/api/headers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct http_header connection = {
	SLICE("Connection"), SLICE("X-Named, close"), HTTP_NAME_CONNECTION};
static const struct http_head head = {.header = &connection, .n_headers = 1};

static bool goes(const char *name)
{
	struct http_header h = http_header_make(slice_of(name), SLICE("v"));
	return api_header_forwarded(&head, &h);
}

static bool comes_back(const char *name)
{
	struct http_header h = http_header_make(slice_of(name), SLICE("v"));
	return api_reply_header_forwarded(&head, &h);
}

static void what_clients_say_of_themselves_passes(void **state)
{
	(void)state;
	const char *yes[] = {
		"Content-Type",      "Authorization", "Accept",
		"User-Agent",        "traceparent",   "tracestate",
		"X-Session-ID",      "OpenAI-Beta",   "x-api-key",
		"anthropic-version", "X-Other",
	};
	for (size_t i = 0; i < ARRAY_LEN(yes); i++)
		assert_true(goes(yes[i]));
}

static void what_steers_the_fleet_does_not(void **state)
{
	(void)state;
	const char *no[] = {
		"x-prefiller-host-port",
		"x-prefiller-url",
		"X-Worker-Id",
		"target-pods",
		"x-routing-key",
		"routing-strategy",
		"endpoint-load-metrics-format",
		"Accept-Encoding",
		"HTTP2-Settings",
		"X-KV-Cache-Source-Host-Port",
		"x-encoder-hosts-ports",
		"x-data-parallel-host-port",
		"X-data-parallel-rank",
		"X-Data-Parallel-Rank",
		"x-gateway-destination-endpoint",
		"x-gateway-destination-endpoint-subset",
		"x-gateway-model-name-rewrite",
		"x-smg-target-worker",
		"target-pod",
		"X-Vllm-Priority",
		"x-warmpath-worker",
		"x-worker-instance-id",
		"x-prefill-instance-id",
		"x-dp-rank",
		"x-prefill-dp-rank",
		"x-dynamo-routing-mode",
		"x-sglang-routing-key",
		"x-epp-inject-nvext-token-data",
		"Host",
		"Content-Length",
		"Expect",
		"X-Request-Id",
		"Connection",
		"Keep-Alive",
		"TE",
		"Trailer",
		"Transfer-Encoding",
		"Upgrade",
		"Proxy-Authorization",
		"x-named",
	};
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		if (goes(no[i]))
			fail_msg("%s passes", no[i]);
}

static void a_dash_that_is_spelt_otherwise_steers_as_well(void **state)
{
	(void)state;
	const char *no[] = {
		"x_data_parallel_rank",
		"X_Data-Parallel_Rank",
		"x-data-parallel_rank",
		"target_pod",
		"X-Gateway_Destination_Endpoint",
		"x-smg-target_worker_of_a_name_that_is_very_long_indeed",
		"Content_Length",
		"Transfer_Encoding",
		"X_Request_ID",
		"Proxy_Authorization",
		"http2_settings",
	};
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		if (goes(no[i]))
			fail_msg("%s passes", no[i]);
	assert_true(goes("my_header"));
	assert_true(goes("_"));
	assert_true(goes("x_data_parallel_ranks"));
	assert_true(goes("a_name_that_is_very_long_indeed_and_of_no_meaning"));
}

static void an_answers_framing_is_its_own(void **state)
{
	(void)state;
	const char *no[] = {"Content-Length",
			    "Transfer-Encoding",
			    "Connection",
			    "X-Named",
			    "server",
			    "x-request-id",
			    "x-gateway-x",
			    "Upgrade",
			    "endpoint-load-metrics"};
	const char *yes[] = {"Content-Type", "Retry-After", "Date",
			     "Cache-Control", "x-other"};
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		assert_false(comes_back(no[i]));
	for (size_t i = 0; i < ARRAY_LEN(yes); i++)
		assert_true(comes_back(yes[i]));
}

static void a_safe_id_is_taken_over(void **state)
{
	(void)state;
	char id[130];
	memset(id, 'a', sizeof(id));
	assert_true(api_request_id_ok((struct slice){id, 128}));
	assert_false(api_request_id_ok((struct slice){id, 129}));
	assert_true(api_request_id_ok(SLICE("Ab-1_2__3.4")));
	const struct slice no[] = {
		SLICE(""),
		SLICE("a b"),
		SLICE("a\r\n"),
		SLICE("a:b"),
		SLICE("a/b"),
		SLICE("\"a\""),
		SLICE("a\0"),
		SLICE("\xc3\xa9"),
		SLICE("___prefill_addr_10.0.0.1"),
		SLICE("x___decode_addr_y"),
		SLICE("____"),
	};
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		assert_false(api_request_id_ok(no[i]));
}

static uint64_t pause_of(const char *value)
{
	struct http_header h = {SLICE("Retry-After"), slice_of(value),
				HTTP_NAME_OTHER};
	const struct http_head reply = {.header = &h, .n_headers = 1};

	return api_retry_after_ms(&reply);
}

static void a_pause_in_seconds_is_read(void **unused)
{
	(void)unused;
	assert_int_equal(pause_of("1"), 1000);
	assert_int_equal(pause_of("0"), 0);
	assert_int_equal(pause_of("3600"), 3600000);
}

static void any_other_pause_is_none(void **unused)
{
	const struct http_head nothing = {0};
	static const char *const no[] = {
		"",
		"-1",
		"1.5",
		"soon",
		"1 2",
		"99999999999999999999",
		"Fri, 31 Dec 1999 23:59:59 GMT",
	};

	(void)unused;
	assert_int_equal(api_retry_after_ms(&nothing), 0);
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		assert_int_equal(pause_of(no[i]), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_clients_say_of_themselves_passes),
		cmocka_unit_test(what_steers_the_fleet_does_not),
		cmocka_unit_test(a_dash_that_is_spelt_otherwise_steers_as_well),
		cmocka_unit_test(an_answers_framing_is_its_own),
		cmocka_unit_test(a_pause_in_seconds_is_read),
		cmocka_unit_test(any_other_pause_is_none),
		cmocka_unit_test(a_safe_id_is_taken_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
