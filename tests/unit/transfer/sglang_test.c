#include "tests/unit/transfer/legs.h"

#define ROOM                                                                   \
	"\"bootstrap_room\":7,\"bootstrap_port\":8998,"                        \
	"\"bootstrap_host\":\"10.0.0.1\","

static void both_legs_meet_in_one_room(void **unused)
{
	(void)unused;
	expect_prefill(&transfer_sglang,
		       "{\"prompt\":[1],\"max_tokens\":9,\"stream\":true}",
		       "{" ROOM
		       "\"prompt\":[1],\"max_tokens\":9,\"stream\":true}");
	expect_decode(&transfer_sglang, "{\"prompt\":[1]}", "",
		      "{" ROOM "\"prompt\":[1]}");
}

static void each_prompt_of_a_batch_has_a_room(void **unused)
{
	struct legs l;

	(void)unused;
	legs_init(&l, "{\"prompt\":[[1],[2]]}");
	l.pair.n_prompts = 2;
	transfer_sglang.prefill(&l.pair, &l.body);
	assert_string_equal(legs_text(&l),
			    "{\"bootstrap_room\":[7,8],"
			    "\"bootstrap_port\":[8998,8998],"
			    "\"bootstrap_host\":[\"10.0.0.1\",\"10.0.0.1\"],"
			    "\"prompt\":[[1],[2]]}");
	legs_fini(&l);
}

static void a_room_is_never_negative(void **unused)
{
	struct legs l;

	(void)unused;
	legs_init(&l, "{}");
	l.pair.nonce = UINT64_MAX;
	l.pair.n_prompts = 2;
	transfer_sglang.prefill(&l.pair, &l.body);
	assert_non_null(strstr(legs_text(&l),
			       "\"bootstrap_room\":[9223372036854775807,0]"));
	legs_fini(&l);
}

static void decode_is_told_the_rank_that_prefills(void **unused)
{
	struct legs l;

	(void)unused;
	legs_init(&l, "{}");
	l.prefill.rank = 3;
	assert_int_equal(transfer_sglang.decode(
				 &l.pair, (struct slice){NULL, 0}, &l.body),
			 TRANSFER_DONE);
	assert_non_null(strstr(legs_text(&l), "\"disagg_prefill_dp_rank\":3"));
	legs_fini(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_legs_meet_in_one_room),
		cmocka_unit_test(each_prompt_of_a_batch_has_a_room),
		cmocka_unit_test(a_room_is_never_negative),
		cmocka_unit_test(decode_is_told_the_rank_that_prefills),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
