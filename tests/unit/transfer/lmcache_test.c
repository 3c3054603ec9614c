#include "tests/unit/transfer/legs.h"

static void prefill_is_told_where_each_rank_receives(void **unused)
{
	(void)unused;
	expect_prefill(&transfer_lmcache, "{\"prompt\":[1]}",
		       "{\"kv_transfer_params\":{\"ret_first_tok\":true,"
		       "\"disagg_spec\":{\"req_id\":\"req-1\","
		       "\"receiver_host\":\"10.0.0.2\","
		       "\"receiver_init_port\":[7300,7301],"
		       "\"receiver_alloc_port\":[7400,7401]}},"
		       "\"prompt\":[1]}");
}

static void one_rank_has_a_list_too(void **unused)
{
	struct legs l;

	(void)unused;
	legs_init(&l, "{}");
	l.decode.transfer.tp_size = 1;
	transfer_lmcache.prefill(&l.pair, &l.body);
	assert_non_null(
		strstr(legs_text(&l), "\"receiver_init_port\":[7300],"));
	legs_fini(&l);
}

static void decode_finds_its_chunks_by_itself(void **unused)
{
	(void)unused;
	expect_decode(&transfer_lmcache, "{\"prompt\":[1]}",
		      "{\"kv_transfer_params\":{\"first_tok\":7}}",
		      "{\"prompt\":[1]}");
	expect_decode(&transfer_lmcache, "{\"prompt\":[1]}", "",
		      "{\"prompt\":[1]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefill_is_told_where_each_rank_receives),
		cmocka_unit_test(one_rank_has_a_list_too),
		cmocka_unit_test(decode_finds_its_chunks_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
