#include "tests/unit/transfer/legs.h"

#define BODY "{\"model\":\"m\",\"prompt\":[1]}"

static void prefill_is_told_that_decode_is_elsewhere(void **unused)
{
	(void)unused;
	expect_prefill(&transfer_nixl, BODY,
		       "{\"kv_transfer_params\":{\"do_remote_decode\":true,"
		       "\"do_remote_prefill\":false,\"remote_engine_id\":null,"
		       "\"remote_block_ids\":null,\"remote_host\":null,"
		       "\"remote_port\":null},\"model\":\"m\",\"prompt\":[1]}");
}

static void whom_prefill_fetches_from_stands_beside(void **unused)
{
	struct legs l;

	(void)unused;
	legs_init(&l, BODY);
	l.pair.beside = SLICE("\"remote_kv_source\":{\"remote_host\":\"a\"}");
	transfer_nixl.prefill(&l.pair, &l.body);
	assert_string_equal(
		legs_text(&l),
		"{\"kv_transfer_params\":{\"do_remote_decode\":true,"
		"\"do_remote_prefill\":false,\"remote_engine_id\":null,"
		"\"remote_block_ids\":null,\"remote_host\":null,"
		"\"remote_port\":null,"
		"\"remote_kv_source\":{\"remote_host\":\"a\"}},"
		"\"model\":\"m\",\"prompt\":[1]}");
	legs_fini(&l);
}

/* Blanks, order, unknown members and numbers that a double cannot hold. */
static void what_prefill_answers_is_handed_on_byte_for_byte(void **unused)
{
#define PARAMS                                                                 \
	"{ \"do_remote_prefill\" :true,\"remote_block_ids\": [[7, 8]],\n"      \
	"\"remote_port\":5600,\"new\":12345678901234567890.10,"                \
	"\"remote_engine_id\":\"\\u00e9\"}"
	(void)unused;
	expect_decode(&transfer_nixl, BODY,
		      "{\"id\":\"x\", \"kv_transfer_params\" : " PARAMS
		      ",\"usage\":{}}",
		      "{\"kv_transfer_params\":" PARAMS
		      ",\"model\":\"m\",\"prompt\":[1]}");
#undef PARAMS
}

static void no_blocks_are_handed_on_too(void **unused)
{
	(void)unused;
	expect_decode(&transfer_nixl, BODY,
		      "{\"kv_transfer_params\":{\"remote_block_ids\":[]}}",
		      "{\"kv_transfer_params\":{\"remote_block_ids\":[]},"
		      "\"model\":\"m\",\"prompt\":[1]}");
}

static void what_is_no_object_is_not_handed_on(void **unused)
{
	static const char *const answer[] = {
		"{\"kv_transfer_params\":null}",
		"{\"kv_transfer_params\":[1]}",
		"{\"kv_transfer_params\":\"{}\"}",
		"{\"choices\":[{\"kv_transfer_params\":{}}]}",
		"{}",
		"",
		"[]",
		"null",
		"{\"kv_transfer_params\":{\"a\":",
		"data: {\"kv_transfer_params\":{}}",
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(answer); i++)
		expect_none(&transfer_nixl, BODY, answer[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefill_is_told_that_decode_is_elsewhere),
		cmocka_unit_test(whom_prefill_fetches_from_stands_beside),
		cmocka_unit_test(
			what_prefill_answers_is_handed_on_byte_for_byte),
		cmocka_unit_test(no_blocks_are_handed_on_too),
		cmocka_unit_test(what_is_no_object_is_not_handed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
