#include "router/proxy/cost.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct request r;
static struct draft draft;
static struct admission admission;
static const struct endpoint chat = {.cache = API_SALTED},
			     tokenize = {.cache = API_UNCACHED};
static struct worker *const some_worker = (struct worker *)&r;

static int begin(void **state)
{
	static char body[400];

	(void)state;
	memset(&r, 0, sizeof(r));
	memset(&draft, 0, sizeof(draft));
	memset(&admission, 0, sizeof(admission));
	r.draft = &draft;
	r.endpoint = &chat;
	r.admission = &admission;
	r.status = 200;
	admission.prompt = 100;
	buf_lend(&draft.body, (struct slice){body, sizeof(body)});
	draft.api.n = draft.api.best_of = -1;
	draft.api.max_tokens = draft.api.max_output_tokens = -1;
	return 0;
}

static void is(struct cost c, uint64_t prompt, uint64_t answer)
{
	assert_int_equal(c.prompt, prompt);
	assert_int_equal(c.answer, answer);
}

static struct cost after(int64_t prompt, int64_t completion)
{
	const struct api_usage told = {prompt, completion, -1};

	return cost_of(&r, &told);
}

static void a_prompt_is_its_bytes_or_its_ids(void **state)
{
	struct api_tokens two[] = {{NULL, 5}, {NULL, 7}};

	(void)state;
	is(cost_estimate(&r), 100, 0);
	draft.api.prompt_kind = API_PROMPT_TOKENS;
	draft.api.tokens = two;
	draft.api.n_prompts = 2;
	is(cost_estimate(&r), 12, 0);
}

static void an_answer_is_all_that_may_be_made(void **state)
{
	(void)state;
	draft.api.max_tokens = 50;
	is(cost_estimate(&r), 100, 50);
	draft.api.n = 3;
	draft.api.best_of = 4;
	is(cost_estimate(&r), 100, 200);
	draft.api.n_prompts = 2;
	is(cost_estimate(&r), 100, 400);
	draft.api.max_tokens = -1;
	draft.api.max_output_tokens = 1;
	is(cost_estimate(&r), 100, 8);
}

static void no_number_of_a_clients_runs_over(void **state)
{
	(void)state;
	draft.api.max_tokens = INT64_MAX;
	is(cost_estimate(&r), 100, ((uint64_t)1 << 62) - 1);
	draft.api.n = INT64_MAX;
	draft.api.n_prompts = SIZE_MAX / 4;
	is(cost_estimate(&r), 100, ((uint64_t)1 << 62) - 1);
	draft.api.max_tokens = -7;
	is(cost_estimate(&r), 100, 0);
}

static void what_computes_nothing_is_free(void **state)
{
	(void)state;
	r.endpoint = &tokenize;
	draft.api.max_tokens = 5;
	is(cost_estimate(&r), 0, 0);
	r.first_ns = 1;
	r.sent_bytes = 4000;
	is(after(-1, -1), 0, 0);
}

static void what_the_worker_told_counts(void **state)
{
	(void)state;
	r.first_ns = 1;
	r.sent_bytes = 4000;
	is(after(70, 30), 70, 30);
	/* Embeddings make no tokens, however long they are. */
	is(after(70, -1), 70, 0);
}

static void what_is_not_told_is_what_has_gone_by(void **state)
{
	(void)state;
	r.first_ns = 1;
	r.streaming_sse = true;
	r.sse.events = 40;
	is(after(-1, -1), 100, 40);
	r.prompt.whole = true;
	r.prompt.n_tokens = 90;
	is(after(-1, -1), 90, 40);
	r.streaming_sse = false;
	r.sent_bytes = 80;
	is(after(-1, -1), 90, 20);
}

/* Anthropic's streams tell the prompt first, and the answer at their end. */
static void a_stream_that_broke_off_costs_what_it_gave(void **state)
{
	(void)state;
	r.first_ns = 1;
	r.streaming_sse = true;
	r.sse.events = 40;
	r.outcome = OUTCOME_CLIENT_GONE;
	is(after(70, 1), 70, 40);
	r.outcome = OUTCOME_CUT;
	is(after(70, -1), 70, 40);
	is(after(70, 60), 70, 60);
}

static void what_was_refused_costs_nothing(void **state)
{
	(void)state;
	r.first_ns = 1;
	r.sent_bytes = 400;
	r.status = 400;
	is(after(-1, -1), 0, 0);
	r.status = 503;
	is(after(-1, -1), 0, 0);
	r.status = 0;
	r.first_ns = 0;
	r.outcome = OUTCOME_SHED;
	is(after(-1, -1), 0, 0);
}

/* Long prompts that nobody waits for would be free otherwise. */
static void whoever_leaves_a_worker_at_work_pays_the_prompt(void **state)
{
	(void)state;
	r.outcome = OUTCOME_CLIENT_GONE;
	is(after(-1, -1), 0, 0);
	r.worker = some_worker;
	is(after(-1, -1), 100, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_prompt_is_its_bytes_or_its_ids, begin),
		cmocka_unit_test_setup(an_answer_is_all_that_may_be_made,
				       begin),
		cmocka_unit_test_setup(no_number_of_a_clients_runs_over, begin),
		cmocka_unit_test_setup(what_computes_nothing_is_free, begin),
		cmocka_unit_test_setup(what_the_worker_told_counts, begin),
		cmocka_unit_test_setup(what_is_not_told_is_what_has_gone_by,
				       begin),
		cmocka_unit_test_setup(
			a_stream_that_broke_off_costs_what_it_gave, begin),
		cmocka_unit_test_setup(what_was_refused_costs_nothing, begin),
		cmocka_unit_test_setup(
			whoever_leaves_a_worker_at_work_pays_the_prompt, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
