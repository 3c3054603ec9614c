#include "router/proxy/pairing.h"

#include "tests/unit/proxy/two_workers.h"

#define LONG 6000

static struct two t;

/* Explained, so that nobody is taken. */
static void explained(void *arg, int status, struct slice json)
{
	(void)arg;
	(void)status;
	(void)json;
}

static struct worker *pair_for(size_t n, const char *more)
{
	two_ask(&t, n, more);
	t.request.draft->explained = explained;
	return pairing_take(&t.request);
}

static void assert_alone(size_t n, const char *more)
{
	assert_null(pair_for(n, more));
	two_answered(&t);
}

static int open_nixl(void **state)
{
	(void)state;
	two_open(&t, "nixl");
	return 0;
}

static int close_two(void **state)
{
	(void)state;
	two_close(&t);
	return 0;
}

/* --- who goes with whom --- */

static void a_long_prompt_is_split_between_its_ends(void **state)
{
	const struct pair_decision *p;

	(void)state;
	assert_ptr_equal(pair_for(LONG, ""), t.decode);
	p = &t.request.draft->pair;
	assert_int_equal(p->prefill, 0);
	assert_int_equal(p->decode, 1);
	assert_true(p->prefill_tokens > 0);
	assert_int_equal(t.request.draft->decision.chosen, 1);
	two_answered(&t);
}

static void an_explanation_takes_nobody(void **state)
{
	(void)state;
	assert_non_null(pair_for(LONG, ""));
	assert_null(t.request.draft->legs);
	assert_int_equal(atomic_load(&t.prefill->inflight), 0);
	two_answered(&t);
}

static void both_ends_are_of_one_release(void **state)
{
	(void)state;
	atomic_store(&t.prefill->release, 27);
	atomic_store(&t.decode->release, 26);
	assert_alone(LONG, "");
	atomic_store(&t.decode->release, 27);
	assert_non_null(pair_for(LONG, ""));
	two_answered(&t);
}

static void an_end_that_may_not_be_chosen_is_none(void **state)
{
	static const enum gate shut[] = {GATE_DOWN, GATE_BROKEN, GATE_PAUSED,
					 GATE_DRAINING};
	struct worker *end[] = {t.prefill, t.decode};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(end); i++) {
		for (size_t n = 0; n < ARRAY_LEN(shut); n++) {
			atomic_store(&end[i]->gate, shut[n]);
			assert_alone(LONG, "");
		}
		atomic_store(&end[i]->gate, GATE_ADMITS);
	}
}

static void who_has_been_tried_is_no_end(void **state)
{
	(void)state;
	two_ask(&t, LONG, "");
	t.request.draft->explained = explained;
	t.request.draft->tried[0] = t.prefill->id;
	t.request.n_tried = 1;
	assert_null(pairing_take(&t.request));
	two_answered(&t);
}

/* --- what goes to one worker alone --- */

static void what_only_one_worker_can_answer_is_not_split(void **state)
{
	(void)state;
	assert_alone(LONG, ",\"echo\":true");
	assert_alone(LONG, ",\"prompt_logprobs\":1");
	assert_alone(LONG, ",\"background\":true");
	assert_alone(LONG, ",\"previous_response_id\":\"a\"");
}

static void what_has_no_prompt_is_not_split(void **state)
{
	(void)state;
	two_ask(&t, LONG, "");
	assert_int_equal(endpoint_find(HTTP_METHOD_POST,
				       SLICE("/v1/embeddings"),
				       &t.request.endpoint),
			 200);
	assert_null(pairing_take(&t.request));
	two_answered(&t);
}

static void what_was_split_in_vain_is_not_split_again(void **state)
{
	(void)state;
	two_ask(&t, LONG, "");
	t.request.draft->unsplit = true;
	assert_null(pairing_take(&t.request));
	two_answered(&t);
}

static void several_answers_go_as_the_connector_can_carry(void **state)
{
	(void)state;
	two_ask(&t, LONG, "");
	t.request.draft->explained = explained;
	t.request.draft->api.n = 2;
	assert_null(pairing_take(&t.request));
	two_answered(&t);
}

/* --- engines that serve in pairs only --- */

static int open_sglang(void **state)
{
	(void)state;
	two_open(&t, "sglang");
	return 0;
}

static void short_prompts_are_split_where_nobody_serves_alone(void **state)
{
	(void)state;
	assert_ptr_equal(pair_for(1, ""), t.decode);
	two_answered(&t);
}

static void there_room_at_its_ends_is_waited_for(void **state)
{
	(void)state;
	atomic_store(&t.decode->max_inflight, 1);
	atomic_store(&t.decode->inflight, 1);
	assert_null(pair_for(LONG, ""));
	assert_int_equal(t.request.draft->candidate[1].exclusion, POLICY_FULL);
	assert_int_equal(t.request.draft->candidate[0].exclusion, POLICY_ROLE);
	two_answered(&t);
	atomic_store(&t.decode->inflight, 0);
}

static void there_who_is_down_is_not_waited_for(void **state)
{
	(void)state;
	atomic_store(&t.decode->gate, GATE_DOWN);
	assert_null(pair_for(LONG, ""));
	assert_int_equal(t.request.draft->candidate[1].exclusion, POLICY_ROLE);
	two_answered(&t);
}

/* --- engines whose name must be known --- */

static int open_push(void **state)
{
	(void)state;
	two_open(&t, "nixl_push, transfer: {engine_id: e}");
	return 0;
}

static void an_engine_without_a_name_gives_nothing(void **state)
{
	char *id = t.prefill->transfer.engine_id;

	(void)state;
	t.prefill->transfer.engine_id = NULL;
	assert_alone(LONG, "");
	t.prefill->transfer.engine_id = id;
	assert_ptr_equal(pair_for(LONG, ""), t.decode);
	two_answered(&t);
}

#define NIXL(test) cmocka_unit_test_setup_teardown(test, open_nixl, close_two)
#define SGLANG(test)                                                           \
	cmocka_unit_test_setup_teardown(test, open_sglang, close_two)
#define PUSH(test) cmocka_unit_test_setup_teardown(test, open_push, close_two)

int main(void)
{
	const struct CMUnitTest tests[] = {
		NIXL(a_long_prompt_is_split_between_its_ends),
		NIXL(an_explanation_takes_nobody),
		NIXL(both_ends_are_of_one_release),
		NIXL(an_end_that_may_not_be_chosen_is_none),
		NIXL(who_has_been_tried_is_no_end),
		NIXL(what_only_one_worker_can_answer_is_not_split),
		NIXL(what_has_no_prompt_is_not_split),
		NIXL(what_was_split_in_vain_is_not_split_again),
		NIXL(several_answers_go_as_the_connector_can_carry),
		SGLANG(short_prompts_are_split_where_nobody_serves_alone),
		SGLANG(there_room_at_its_ends_is_waited_for),
		SGLANG(there_who_is_down_is_not_waited_for),
		PUSH(an_engine_without_a_name_gives_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
