#include "tests/unit/transfer/legs.h"

#define BODY "{\"prompt\":[1]}"

static void prefill_is_told_as_where_decode_reads(void **unused)
{
	struct legs push, pull;

	(void)unused;
	legs_init(&push, BODY);
	legs_init(&pull, BODY);
	transfer_nixl_push.prefill(&push.pair, &push.body);
	transfer_nixl.prefill(&pull.pair, &pull.body);
	assert_string_equal(legs_text(&push), legs_text(&pull));
	legs_fini(&push);
	legs_fini(&pull);
}

static void decode_is_told_whom_to_ask(void **unused)
{
	(void)unused;
	expect_decode(&transfer_nixl_push, BODY, "",
		      "{\"kv_transfer_params\":{\"do_remote_prefill\":true,"
		      "\"do_remote_decode\":false,"
		      "\"remote_engine_id\":\"engine-p\","
		      "\"remote_host\":\"10.0.0.1\",\"remote_port\":8998,"
		      "\"tp_size\":2,\"pp_size\":1,"
		      "\"remote_request_id\":\"req-1\"},\"prompt\":[1]}");
}

static void names_are_written_as_json(void **unused)
{
	struct legs l;

	(void)unused;
	legs_init(&l, "{}");
	l.pair.engine_id = SLICE("a\"b");
	assert_int_equal(transfer_nixl_push.decode(
				 &l.pair, (struct slice){NULL, 0}, &l.body),
			 TRANSFER_DONE);
	assert_non_null(strstr(legs_text(&l), "\"a\\\"b\""));
	legs_fini(&l);
}

static void nothing_waits_for_an_answer(void **unused)
{
	(void)unused;
	assert_true(transfer_nixl_push.concurrent);
	assert_true(transfer_nixl_push.needs_engine);
	assert_false(transfer_nixl_push.batches);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefill_is_told_as_where_decode_reads),
		cmocka_unit_test(decode_is_told_whom_to_ask),
		cmocka_unit_test(names_are_written_as_json),
		cmocka_unit_test(nothing_waits_for_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
