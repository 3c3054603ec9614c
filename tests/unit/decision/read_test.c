#include "router/decision/read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "router/decision/write.h"
#include "tests/unit/decision/made.h"

static struct made m;
static struct arena arena;

static enum status read_text(const char *text, struct decision_line *l,
			     struct error *err)
{
	arena_reset(&arena);
	return decision_read(slice_of(text), &arena, l, err);
}

static void is_refused(const char *text, const char *why)
{
	struct decision_line l;
	struct error err = {0};

	assert_int_not_equal(read_text(text, &l, &err), OK);
	if (strstr(err.text, why) == NULL)
		fail_msg("'%s' is not in '%s', of %s", why, err.text, text);
}

/* What was decided is decided again, by each policy, from what is read. */
static void a_decision_is_read_back_as_it_was(void **unused)
{
	struct decision_record *r;
	struct decision_line l;
	struct error err = {0};
	struct buf out = {0};

	(void)unused;
	made_begin(&m, "cost", 40);
	m.rates = (struct policy_rates){.token_ms = 1.0 / 3, .budget = 2048};
	m.candidate[3].rates = &m.rates;
	m.candidate[3].kv_usage = 0.1;
	m.candidate[3].gives = true;
	m.candidate[4].exclusion = POLICY_PAUSED;
	m.term[4].cost = INFINITY;
	m.term[5].source = 39;
	m.term[5].fetch_blocks = 7;
	m.candidate[6].store_blocks = 20;
	m.candidate[6].store_ms = 10;
	m.candidate[6].store_token_ms = 0.1;
	m.made.decision.chosen = 5;
	m.made.whole = true;
	r = made_record(&m);
	decision_write_log(r, &out);
	assert_int_equal(decision_read(buf_slice(&out), &arena, &l, &err), OK);
	assert_int_equal(l.kind, DECISION_LINE_MADE);
	assert_int_equal(l.query.n, 40);
	assert_int_equal(l.query.prompt_tokens, 1000);
	assert_int_equal(l.query.prompt_blocks, 62);
	assert_int_equal(l.query.block_size, 16);
	assert_true(l.query.session == m.query.session);
	assert_int_equal(l.chosen, 5);
	assert_true(slice_equal(l.model, SLICE("demo")));
	assert_true(slice_equal(l.policy, SLICE("cost")));
	assert_true(slice_equal(l.worker[39], SLICE("worker-39")));
	assert_true(l.query.candidate[39].name_hash == UINT64_MAX - 39);
	assert_true(l.query.candidate[3].rates->token_ms == 1.0 / 3);
	assert_true(l.query.candidate[3].kv_usage == 0.1);
	assert_true(l.query.candidate[3].gives);
	assert_null(l.query.candidate[2].rates);
	assert_int_equal(l.query.candidate[4].exclusion, POLICY_PAUSED);
	assert_true(isinf(l.term[4].cost));
	assert_int_equal(l.term[5].source, 39);
	assert_int_equal(l.term[5].fetch_blocks, 7);
	assert_int_equal(l.term[6].source, -1);
	assert_true(l.term[6].cost == 106);
	assert_int_equal(l.query.candidate[6].store_blocks, 20);
	assert_true(l.query.candidate[6].store_ms == 10);
	assert_true(l.query.candidate[6].store_token_ms == 0.1);
	buf_fini(&out);
	decision_free(&r);
	made_end(&m);
}

static void an_outcome_is_read_back_as_far_as_it_was_told(void **unused)
{
	struct decision_outcome o = {
		.name = "ok",
		.status = 200,
		.prompt_tokens = 1000,
		.cached_tokens = 960,
		.first_us = 1500,
	};
	struct decision_line l;
	struct error err = {0};
	struct buf out = {0};

	(void)unused;
	decision_write_outcome("req-1", &o, &out);
	assert_int_equal(decision_read(buf_slice(&out), &arena, &l, &err), OK);
	assert_int_equal(l.kind, DECISION_LINE_ENDED);
	assert_true(slice_equal(l.id, SLICE("req-1")));
	assert_int_equal(l.status, 200);
	assert_int_equal(l.cached_tokens, 960);
	assert_true(l.ttfb_ms == 1.5);
	buf_fini(&out);
	assert_int_equal(
		read_text("{\"request_id\":\"a\",\"ended\":{}}", &l, &err), OK);
	assert_int_equal(l.cached_tokens, -1);
	assert_true(l.ttfb_ms == -1);
}

static void the_first_line_and_what_is_not_known_are_passed_over(void **unused)
{
	struct decision_line l;
	struct error err = {0};

	(void)unused;
	assert_int_equal(read_text(DECISION_LOG_HEAD, &l, &err), OK);
	assert_int_equal(l.kind, DECISION_LINE_HEAD);
	assert_int_equal(
		read_text("{\"request_id\":\"a\",\"later\":{\"x\":[1]},"
			  "\"model\":\"m\",\"chosen\":null,\"candidates\":["
			  "{\"worker\":\"w\",\"more\":[{}],\"rates\":{"
			  "\"step_ms\":1,\"new_ms\":2}}]}",
			  &l, &err),
		OK);
	assert_int_equal(l.chosen, -1);
	assert_true(l.query.candidate[0].rates->step_ms == 1);
}

static void who_may_be_a_pair_is_read_back(void **unused)
{
	struct pair_side side[] = {{.gives = true, .steered = true, .kind = 7},
				   {.takes = true,
				    .decodes = true,
				    .kind = 7,
				    .exclusion = POLICY_FULL},
				   {0}};
	struct pair_decision pair = {.prefill = 0, .decode = 1};
	struct decision_record *r;
	struct decision_line l;
	struct error err = {0};
	struct buf out = {0};

	(void)unused;
	made_begin(&m, "cost", 3);
	m.made.side = side;
	m.made.pair = &pair;
	m.made.decision.chosen = 1;
	m.made.guessed_tokens = 77;
	m.made.whole = true;
	r = made_record(&m);
	decision_write_log(r, &out);
	assert_int_equal(decision_read(buf_slice(&out), &arena, &l, &err), OK);
	assert_int_equal(l.prefill, 0);
	assert_int_equal(l.chosen, 1);
	assert_int_equal(l.guessed_tokens, 77);
	for (size_t i = 0; i < ARRAY_LEN(side); i++) {
		assert_int_equal(l.side[i].gives, side[i].gives);
		assert_int_equal(l.side[i].takes, side[i].takes);
		assert_int_equal(l.side[i].decodes, side[i].decodes);
		assert_int_equal(l.side[i].steered, side[i].steered);
		assert_int_equal(l.side[i].kind, side[i].kind);
		assert_int_equal(l.side[i].exclusion, side[i].exclusion);
	}
	buf_fini(&out);
	decision_free(&r);
	made_end(&m);
}

static void a_split_decision_says_so(void **unused)
{
	struct decision_line l;
	struct error err = {0};

	(void)unused;
	assert_int_equal(read_text("{\"request_id\":\"a\",\"model\":\"m\","
				   "\"chosen\":\"w\","
				   "\"prefill\":\"p\",\"candidates\":[{"
				   "\"worker\":\"w\"},{\"worker\":\"p\"}]}",
				   &l, &err),
			 OK);
	assert_int_equal(l.prefill, 1);
	assert_null(l.side);
	is_refused("{\"request_id\":\"a\",\"model\":\"m\",\"chosen\":\"w\","
		   "\"prefill\":\"p\",\"candidates\":[{\"worker\":\"w\"}]}",
		   "no candidate");
	is_refused("{\"request_id\":\"a\",\"prefill\":7}", "a text");
}

#define ONE(more)                                                              \
	"{\"request_id\":\"a\",\"model\":\"m\",\"chosen\":\"w\","              \
	"\"candidates\":[{\"worker\":\"w\"" more "}]}"

static void what_no_gateway_wrote_is_refused_with_a_sentence(void **unused)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{"", "byte"},
		{"[]", "byte"},
		{"{", "byte"},
		{"{}", "request_id is missing"},
		{"{\"decisions\":2}", "another version"},
		{"{\"request_id\":7}", "a text"},
		{"{\"request_id\":\"a\"}", "missing"},
		{"{\"request_id\":\"a\",\"ended\":[]}", "byte"},
		{"{\"request_id\":\"a\",\"ended\":{\"status\":-1}}", "range"},
		{"{\"request_id\":\"a\",\"ended\":{\"ttfb_ms\":null}}",
		 "range"},
		{"{\"request_id\":\"a\",\"model\":\"m\",\"candidates\":[]}",
		 "missing"},
		{"{\"request_id\":\"a\",\"model\":\"m\",\"chosen\":\"w\","
		 "\"candidates\":[]}",
		 "the chosen is no candidate"},
		{"{\"request_id\":\"a\",\"candidates\":[],\"candidates\":[]}",
		 "twice"},
		{"{\"request_id\":\"a\",\"candidates\":[{}]}", "no name"},
		{"{\"request_id\":\"a\",\"prompt_tokens\":1e300}", "range"},
		{"{\"request_id\":\"a\",\"session\":\"12\"}", "16 digits"},
		{"{\"request_id\":\"a\",\"session\":\"000000000000000g\"}",
		 "not a digit"},
		{ONE(",\"held_blocks\":0.5"), "range"},
		{ONE(",\"held_blocks\":null"), "range"},
		{ONE(",\"held_blocks\":\"1\""), "a number"},
		{ONE(",\"exact\":2"), "range"},
		{ONE(",\"excluded\":\"no reason\""), "exclusion"},
		{ONE(",\"excluded\":\"unknown\""), "exclusion"},
		{ONE(",\"rates\":7"), "byte"},
		{ONE(",\"rates\":{\"step_ms\":{}}"), "a number"},
		{ONE(",\"fetch_blocks\":-1"), "range"},
		{ONE(",\"pair_kind\":-1"), "range"},
		{ONE(",\"prefills_for_others\":2"), "range"},
		{ONE(",\"excluded_in_pairs\":\"x\""), "exclusion"},
		{ONE("") "x", "byte"},
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		is_refused(bad[i].text, bad[i].why);
}

static void candidates_are_bounded(void **unused)
{
	struct buf text = {0};

	(void)unused;
	buf_puts(&text, "{\"request_id\":\"a\",\"candidates\":[");
	for (int i = 0; i < 4097; i++)
		buf_printf(&text, "%s{\"worker\":\"w%d\"}", i ? "," : "", i);
	buf_puts(&text, "]}");
	buf_putc(&text, '\0');
	is_refused(text.p, "more than 4096");
	buf_fini(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_decision_is_read_back_as_it_was),
		cmocka_unit_test(an_outcome_is_read_back_as_far_as_it_was_told),
		cmocka_unit_test(
			the_first_line_and_what_is_not_known_are_passed_over),
		cmocka_unit_test(
			what_no_gateway_wrote_is_refused_with_a_sentence),
		cmocka_unit_test(who_may_be_a_pair_is_read_back),
		cmocka_unit_test(a_split_decision_says_so),
		cmocka_unit_test(candidates_are_bounded),
	};
	int failed;

	arena_init(&arena);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_fini(&arena);
	return failed;
}
