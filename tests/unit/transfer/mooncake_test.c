#include "tests/unit/transfer/legs.h"

static void both_legs_have_one_name(void **unused)
{
	(void)unused;
	expect_prefill(&transfer_mooncake,
		       "{\"prompt\":[1],\"stop\":[\"x\"],\"min_tokens\":9}",
		       "{\"ignore_eos\":true,\"min_tokens\":1,"
		       "\"kv_transfer_params\":{\"do_remote_decode\":true,"
		       "\"do_remote_prefill\":false,"
		       "\"transfer_id\":\"xfer-req-1-8000000000000007\"},"
		       "\"prompt\":[1]}");
	expect_decode(&transfer_mooncake, "{\"prompt\":[1]}", "",
		      "{\"kv_transfer_params\":{\"do_remote_prefill\":true,"
		      "\"do_remote_decode\":false,"
		      "\"remote_bootstrap_addr\":\"http://10.0.0.1:8998\","
		      "\"remote_engine_id\":\"engine-p\","
		      "\"transfer_id\":\"xfer-req-1-8000000000000007\"},"
		      "\"prompt\":[1]}");
}

static void a_v6_host_stands_in_brackets(void **unused)
{
	struct legs l;

	(void)unused;
	legs_init(&l, "{}");
	l.prefill.transfer.host = (char *)"fd00::1";
	assert_int_equal(transfer_mooncake.decode(
				 &l.pair, (struct slice){NULL, 0}, &l.body),
			 TRANSFER_DONE);
	assert_non_null(strstr(legs_text(&l), "\"http://[fd00::1]:8998\""));
	legs_fini(&l);
}

static void a_prompt_that_ends_by_its_length_is_sent(void **unused)
{
	static const char *const answer[] = {
		"{\"choices\":[{\"finish_reason\":\"length\"}]}",
		"{\"choices\":[{\"index\":0,\"finish_reason\":\"length\"},{}]}",
		"{\"stop_reason\":\"max_tokens\"}",
		"{\"status\":\"incomplete\"}",
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(answer); i++)
		assert_false(transfer_mooncake.failed(slice_of(answer[i])));
}

static void one_that_ends_otherwise_is_not(void **unused)
{
	static const char *const answer[] = {
		"{\"choices\":[{\"finish_reason\":\"stop\"}]}",
		"{\"choices\":[{\"finish_reason\":null}]}",
		"{\"choices\":[]}",
		"{\"choices\":[7]}",
		"{\"choices\":{}}",
		"{\"stop_reason\":\"end_turn\"}",
		"{\"status\":\"completed\"}",
		"{}",
		"",
		"[",
		"{\"choices\":[{\"finish_reason\":\"leng",
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(answer); i++)
		assert_true(transfer_mooncake.failed(slice_of(answer[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_legs_have_one_name),
		cmocka_unit_test(a_v6_host_stands_in_brackets),
		cmocka_unit_test(a_prompt_that_ends_by_its_length_is_sent),
		cmocka_unit_test(one_that_ends_otherwise_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
