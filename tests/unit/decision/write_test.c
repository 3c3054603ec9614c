#include "router/decision/write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "common/json/scan.h"
#include "tests/unit/decision/made.h"

static struct made m;

/* The text, terminated and checked to be JSON; the caller's to end. */
static struct buf told(const struct decision_record *r, bool log)
{
	struct json_value all;
	struct buf out = {0};

	if (log)
		decision_write_log(r, &out);
	else
		decision_write(r, &out);
	assert_int_equal(json_check(buf_slice(&out), 16, &all), OK);
	buf_putc(&out, '\0');
	return out;
}

static void has(const struct buf *b, const char *text)
{
	if (strstr(b->p, text) == NULL)
		fail_msg("%s is not in %s", text, b->p);
}

static void has_not(const struct buf *b, const char *text)
{
	if (strstr(b->p, text) != NULL)
		fail_msg("%s is in %s", text, b->p);
}

static void a_decision_is_told_with_every_term(void **unused)
{
	struct decision_record *r;
	struct buf b;

	(void)unused;
	made_begin(&m, "cost", 2);
	m.term[0].wait = 3.5;
	m.term[0].source = 1;
	m.term[0].fetch_blocks = 9;
	/* Who fetches from a peer loads nothing. */
	m.candidate[0].store_blocks = 30;
	m.candidate[1].store_blocks = 30;
	m.candidate[1].other_blocks = 12;
	m.candidate[1].exclusion = POLICY_DRAINING;
	m.term[1].cost = INFINITY;
	r = made_record(&m);
	b = told(r, false);
	has(&b, "\"request_id\":\"req-0123456789abcdef\"");
	has(&b, "\"client_request_id\":\"mine\"");
	has(&b, "\"unit\":\"ms\"");
	has(&b, "\"chosen\":\"worker-0\",\"reason\":\"cache\"");
	has(&b, "\"wait\":3.5,\"compute\":0");
	has(&b, "\"expected_ms\":3.5,\"others_ms\":0,\"spread\":0");
	has(&b, "\"source\":\"worker-1\",\"fetch_blocks\":9}");
	has(&b, "\"source\":\"nfs\",\"load_blocks\":18}");
	has(&b, "\"excluded\":\"draining\"");
	has(&b, "\"cost\":null");
	has(&b, "\"outcome\":null");
	buf_fini(&b);
	decision_free(&r);
	made_end(&m);
}

static void terms_that_a_policy_has_not_are_left_out(void **unused)
{
	struct decision_record *r;
	struct buf b;

	(void)unused;
	made_begin(&m, "kv_aware", 1);
	r = made_record(&m);
	b = told(r, false);
	has(&b, "\"unit\":\"tokens\"");
	has_not(&b, "\"wait\"");
	has_not(&b, "\"eviction\"");
	has_not(&b, "\"shadow\"");
	has_not(&b, "\"others\"");
	buf_fini(&b);
	decision_free(&r);
	made_end(&m);
}

static void sessions_and_keys_are_for_the_log_alone(void **unused)
{
	const uint64_t key[] = {1, 2};
	struct decision_record *r;
	struct buf b;

	(void)unused;
	made_begin(&m, "cost", 1);
	m.made.key = key;
	m.made.n_keys = 2;
	m.candidate[0].rates = &m.rates;
	r = made_record(&m);
	b = told(r, false);
	has_not(&b, "fedcba98");
	has_not(&b, "\"keys\"");
	has_not(&b, "name_hash");
	buf_fini(&b);
	b = told(r, true);
	has(&b, "\"session\":\"fedcba9876543210\"");
	has(&b, "\"key_stride\":1,\"keys\":[\"");
	has(&b, "\"name_hash\":\"ffffffffffffffff\"");
	has(&b, "\"rates\":{\"overhead_ms\":0,");
	has_not(&b, "outcome");
	has_not(&b, "expected_ms"); /* whoever reads it makes it */
	buf_fini(&b);
	decision_free(&r);
	made_end(&m);
}

static void who_computes_the_prompt_for_another_is_told(void **unused)
{
	const struct pair_decision pair = {
		.prefill = 1, .decode = 0, .pair_ms = 20, .alone_ms = INFINITY};
	struct decision_record *r;
	struct buf b;

	(void)unused;
	made_begin(&m, "cost", 2);
	m.made.pair = &pair;
	r = made_record(&m);
	b = told(r, true);
	has(&b, "\"prefill\":\"worker-1\",\"pair_ms\":20,\"alone_ms\":null");
	buf_fini(&b);
	decision_free(&r);
	m.made.pair = NULL;
	r = made_record(&m);
	b = told(r, true);
	has_not(&b, "prefill\":\"");
	buf_fini(&b);
	decision_free(&r);
	made_end(&m);
}

static void of_many_the_others_are_told_in_brief(void **unused)
{
	struct decision_record *r;
	struct buf b;

	(void)unused;
	made_begin(&m, "cost", 40);
	r = made_record(&m);
	b = told(r, false);
	has(&b, "\"others\":[{\"worker\":\"worker-16\",\"excluded\":null,"
		"\"held_blocks\":16,\"cost\":116}");
	buf_fini(&b);
	decision_free(&r);
	made_end(&m);
}

static void what_came_of_it_is_told_as_far_as_it_is_known(void **unused)
{
	struct decision_outcome o = {
		.name = "ok",
		.status = 200,
		.prompt_tokens = 1000,
		.cached_tokens = -1,
		.output_tokens = 3,
		.first_us = 1500,
		.duration_us = 20000,
	};
	struct buf out = {0};

	(void)unused;
	decision_write_outcome("req-1", &o, &out);
	buf_putc(&out, '\0');
	assert_string_equal(
		out.p,
		"{\"request_id\":\"req-1\",\"ended\":{\"outcome\":\"ok\","
		"\"status\":200,\"prompt_tokens\":1000,"
		"\"output_tokens\":3,\"ttfb_ms\":1.500,"
		"\"duration_ms\":20.000}}");
	buf_fini(&out);
}

static void the_shadow_is_told_beside(void **unused)
{
	struct decision_record *r;
	struct buf b;

	(void)unused;
	made_begin(&m, "cost", 2);
	m.made.shadow = (struct decision_shadow){
		.policy = policy_find(SLICE("round_robin")),
		.reason = "turn",
		.chosen = {-1, 1},
		.change = AGAIN_OTHER,
		.cost = 0,
		.live_cost = 1,
		.held_tokens = 16,
	};
	r = made_record(&m);
	b = told(r, false);
	has(&b, "\"shadow\":{\"policy\":\"round_robin\",\"unit\":\"turns\","
		"\"chosen\":\"worker-1\",\"reason\":\"turn\",\"same\":false,"
		"\"change\":\"other\",\"cost\":0,\"live_cost\":1,\"predicted_"
		"cached_tokens\":16,"
		"\"live_predicted_cached_tokens\":0}");
	buf_fini(&b);
	decision_free(&r);
	made_end(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_decision_is_told_with_every_term),
		cmocka_unit_test(terms_that_a_policy_has_not_are_left_out),
		cmocka_unit_test(sessions_and_keys_are_for_the_log_alone),
		cmocka_unit_test(who_computes_the_prompt_for_another_is_told),
		cmocka_unit_test(of_many_the_others_are_told_in_brief),
		cmocka_unit_test(what_came_of_it_is_told_as_far_as_it_is_known),
		cmocka_unit_test(the_shadow_is_told_beside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
