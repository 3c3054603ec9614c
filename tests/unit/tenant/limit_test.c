#include "router/tenant/limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/tenant/make.h"

#define SECOND 1000000000ull
#define START  (1000 * SECOND)

static uint64_t wait;

static struct tenants *with(const char *limits)
{
	return make_tenants(NULL, NULL, "a:one", limits);
}

static unsigned open_streams(const struct tenant *t)
{
	return atomic_load(&t->meter->streams);
}

static void streams_are_given_back(void **state)
{
	struct tenants *all = with("max_streams: 2");
	struct tenant *t = all->tenant[0];

	(void)state;
	assert_int_equal(tenant_enter(t, START, &wait), TENANT_WITHIN);
	assert_int_equal(tenant_enter(t, START, &wait), TENANT_WITHIN);
	assert_int_equal(tenant_enter(t, START, &wait), TENANT_STREAMS);
	assert_int_equal(wait, SECOND);
	assert_int_equal(open_streams(t), 2);
	tenant_leave(t);
	assert_int_equal(tenant_enter(t, START, &wait), TENANT_WITHIN);
	tenant_leave(t);
	tenant_leave(t);
	assert_int_equal(open_streams(t), 0);
	tenants_unref(&all);
}

static void a_request_over_the_rate_holds_no_stream(void **state)
{
	struct tenants *all = with("requests_per_second: 1");
	struct tenant *t = all->tenant[0];

	(void)state;
	assert_int_equal(tenant_enter(t, START, &wait), TENANT_WITHIN);
	assert_int_equal(tenant_enter(t, START, &wait), TENANT_REQUESTS);
	assert_int_equal(wait, SECOND);
	assert_int_equal(open_streams(t), 1);
	assert_int_equal(tenant_requests(t, START).limit, 1);
	assert_int_equal(tenant_requests(t, START).level.remaining, 0);
	assert_int_equal(tenant_enter(t, START + SECOND, &wait), TENANT_WITHIN);
	tenants_unref(&all);
}

static void a_stream_too_many_costs_no_request(void **state)
{
	struct tenants *all = with("requests_per_second: 5\n  max_streams: 1");
	struct tenant *t = all->tenant[0];

	(void)state;
	assert_int_equal(tenant_enter(t, START, &wait), TENANT_WITHIN);
	for (int i = 0; i < 10; i++)
		assert_int_equal(tenant_enter(t, START, &wait), TENANT_STREAMS);
	assert_int_equal(tenant_requests(t, START).level.remaining, 4);
	tenants_unref(&all);
}

static void tokens_are_settled_by_what_was_used(void **state)
{
	struct tenants *all = with("tokens_per_minute: 600");
	struct tenant *t = all->tenant[0];

	(void)state;
	assert_int_equal(tenant_charge(t, 500, START, &wait), TENANT_WITHIN);
	assert_int_equal(tenant_charge(t, 101, START, &wait), TENANT_TOKENS);
	assert_int_equal(wait, SECOND / 10);
	tenant_settle(t, 500, START, 20, START + SECOND);
	assert_int_equal(tenant_tokens(t, START + SECOND).level.remaining, 590);
	assert_int_equal(tenant_charge(t, 90, START + SECOND, &wait),
			 TENANT_WITHIN);
	/* It said less than it took. */
	tenant_settle(t, 90, START + SECOND, 700, START + SECOND);
	assert_int_equal(tenant_tokens(t, START + SECOND).level.remaining, 0);
	assert_int_equal(tenant_charge(t, 1, START + SECOND, &wait),
			 TENANT_TOKENS);
	tenants_unref(&all);
}

static void a_request_beyond_a_minute_never_fits(void **state)
{
	struct tenants *all = with("tokens_per_minute: 600");

	(void)state;
	assert_int_equal(tenant_charge(all->tenant[0], 601, START, &wait),
			 TENANT_TOKENS);
	assert_true(wait == UINT64_MAX);
	tenants_unref(&all);
}

static void without_limits_nothing_is_refused(void **state)
{
	struct tenants *all = with("");
	struct tenant *t = all->tenant[0];

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(tenant_enter(t, START, &wait), TENANT_WITHIN);
	assert_int_equal(tenant_charge(t, UINT64_MAX, START, &wait),
			 TENANT_WITHIN);
	assert_int_equal(tenant_tokens(t, START).limit, 0);
	assert_string_equal(tenant_limit_name(TENANT_STREAMS), "streams");
	assert_string_equal(tenant_limit_name(TENANT_REQUESTS), "requests");
	assert_string_equal(tenant_limit_name(TENANT_TOKENS), "tokens");
	tenants_unref(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_are_given_back),
		cmocka_unit_test(a_request_over_the_rate_holds_no_stream),
		cmocka_unit_test(a_stream_too_many_costs_no_request),
		cmocka_unit_test(tokens_are_settled_by_what_was_used),
		cmocka_unit_test(a_request_beyond_a_minute_never_fits),
		cmocka_unit_test(without_limits_nothing_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
