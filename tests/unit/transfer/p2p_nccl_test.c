#include "tests/unit/transfer/legs.h"

static void the_id_has_both_addresses(void **unused)
{
	struct legs l;
	struct slice name;

	(void)unused;
	legs_init(&l, "{}");
	name = transfer_p2p_nccl.name(&l.pair, &l.arena);
	assert_true(slice_equal(
		name, SLICE("___prefill_addr_10.0.0.1:8998___decode_addr_"
			    "10.0.0.2:7300_80000000000000077ffffffffffffff8")));
	legs_fini(&l);
}

static void every_try_has_an_id_of_its_own(void **unused)
{
	struct legs l;
	struct slice first;

	(void)unused;
	legs_init(&l, "{}");
	first = transfer_p2p_nccl.name(&l.pair, &l.arena);
	l.pair.nonce++;
	assert_false(
		slice_equal(first, transfer_p2p_nccl.name(&l.pair, &l.arena)));
	legs_fini(&l);
}

static void bodies_have_no_parameters(void **unused)
{
	(void)unused;
	assert_null(transfer_p2p_nccl.prefill);
	expect_decode(&transfer_p2p_nccl, "{\"prompt\":[1]}",
		      "{\"kv_transfer_params\":{\"a\":1}}", "{\"prompt\":[1]}");
}

static void decode_waits_for_prefill(void **unused)
{
	(void)unused;
	assert_false(transfer_p2p_nccl.concurrent);
	assert_false(transfer_p2p_nccl.batches);
	assert_null(transfer_nixl.name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_id_has_both_addresses),
		cmocka_unit_test(every_try_has_an_id_of_its_own),
		cmocka_unit_test(bodies_have_no_parameters),
		cmocka_unit_test(decode_waits_for_prefill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
