#include "tests/unit/transfer/legs.h"

static void one_token(const char *limit, const char *body, const char *want)
{
	struct legs l;

	legs_init(&l, body);
	transfer_one_token(&l.body, limit);
	assert_string_equal(legs_text(&l), want);
	legs_fini(&l);
}

static void a_prefill_leg_makes_one_token(void **unused)
{
	(void)unused;
	one_token("max_tokens", "{\"prompt\": [1, 2], \"max_tokens\": 512}",
		  "{\"stream\":false,\"prompt\": [1, 2], \"max_tokens\": 1}");
	one_token("max_tokens", "{\"stream\":true,\"n\":4,\"best_of\":4}",
		  "{\"max_tokens\":1,\"stream\":false,\"n\":1}");
	one_token("max_tokens",
		  "{\"max_completion_tokens\":9,\"stream\":false}",
		  "{\"max_tokens\":1,\"max_completion_tokens\":1,"
		  "\"stream\":false}");
	one_token("max_output_tokens", "{\"input\":\"x\",\"store\":true}",
		  "{\"max_output_tokens\":1,\"stream\":false,\"input\":\"x\","
		  "\"store\":false}");
}

static void what_asks_for_more_goes(void **unused)
{
	(void)unused;
	one_token("max_tokens",
		  "{\"stream_options\":{\"include_usage\":true},"
		  "\"min_tokens\":5,\"min_completion_tokens\":5,"
		  "\"background\":true,\"max_tokens\":7,\"stream\":true}",
		  "{\"max_tokens\":1,\"stream\":false}");
}

static void an_empty_body_gets_what_it_needs(void **unused)
{
	(void)unused;
	one_token("max_tokens", "{}", "{\"max_tokens\":1,\"stream\":false}");
}

static void every_connector_but_none_has_a_row(void **unused)
{
	(void)unused;
	assert_null(transfer_find(CONF_CONNECTOR_NONE));
	for (int c = CONF_CONNECTOR_NONE + 1; c < CONF_CONNECTORS_N; c++) {
		const struct transfer *t = transfer_find(c);

		assert_non_null(t);
		assert_non_null(t->decode);
		/* Only who does not wait can be left waiting. */
		assert_true(t->failed == NULL || t->concurrent);
	}
}

/* Mooncake's and LMCache's connectors are not known to leave room for it; the
 * others' engines have no tier for peers. */
static void only_those_of_nixl_steer_a_prefill_leg(void **unused)
{
	(void)unused;
	for (int c = CONF_CONNECTOR_NONE + 1; c < CONF_CONNECTORS_N; c++)
		assert_int_equal(transfer_find(c)->steered,
				 c == CONF_CONNECTOR_NIXL ||
					 c == CONF_CONNECTOR_NIXL_PUSH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_prefill_leg_makes_one_token),
		cmocka_unit_test(what_asks_for_more_goes),
		cmocka_unit_test(an_empty_body_gets_what_it_needs),
		cmocka_unit_test(every_connector_but_none_has_a_row),
		cmocka_unit_test(only_those_of_nixl_steer_a_prefill_leg),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
