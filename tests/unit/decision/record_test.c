#include "router/decision/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "tests/unit/decision/made.h"

static struct made m;

static void few_candidates_are_there_in_full(void **unused)
{
	struct decision_record *r;

	(void)unused;
	made_begin(&m, "kv_aware", 3);
	r = made_record(&m);
	assert_int_equal(r->n_full, 3);
	assert_int_equal(r->n_brief, 0);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(r->way[i].place, i);
		assert_int_equal(r->way[i].candidate.held_blocks, i);
		assert_true(r->way[i].term.cost == 100 + i);
	}
	assert_string_equal(r->id, "req-0123456789abcdef");
	assert_string_equal(r->client_id, "mine");
	assert_null(r->outcome.name);
	decision_free(&r);
	made_end(&m);
}

static void of_many_the_cheapest_are_in_full_and_all_others_in_brief(
	void **unused)
{
	bool seen[100] = {false};
	struct decision_record *r;

	(void)unused;
	made_begin(&m, "cost", 100);
	for (size_t i = 0; i < 100; i++)
		m.term[i].cost = (double)((i * 37) % 100);
	m.made.decision.chosen = 0;
	r = made_record(&m);
	assert_int_equal(r->n_full, DECISION_FULL);
	assert_int_equal(r->n_brief, 100 - DECISION_FULL);
	for (uint32_t i = 0; i < r->n_full; i++) {
		assert_true(r->way[i].term.cost == i);
		seen[r->way[i].place] = true;
	}
	for (uint32_t i = 0; i < r->n_brief; i++) {
		const struct decision_brief *b = &decision_briefs(r)[i];

		assert_false(seen[b->place]);
		seen[b->place] = true;
		assert_true(b->cost == (float)m.term[b->place].cost);
	}
	decision_free(&r);
	made_end(&m);
}

static void the_chosen_is_in_full_whatever_it_costs(void **unused)
{
	struct decision_record *r;

	(void)unused;
	made_begin(&m, "random", 100);
	m.made.decision.chosen = 99;
	r = made_record(&m);
	assert_non_null(decision_way_of(r, 99));
	assert_int_equal(decision_way_of(r, 99)->candidate.held_blocks, 99);
	assert_null(decision_way_of(r, 98));
	decision_free(&r);
	made_end(&m);
}

static void nobody_and_no_candidate_make_a_record_too(void **unused)
{
	struct decision_record *r;

	(void)unused;
	made_begin(&m, "cost", 0);
	m.made.decision = (struct policy_decision){-1, "no workers"};
	m.made.client_id = NULL;
	r = made_record(&m);
	assert_int_equal(r->chosen, -1);
	assert_null(decision_way_of(r, r->chosen));
	assert_string_equal(r->client_id, "");
	decision_free(&r);
	made_end(&m);
}

/* A worker's rates are its own, and it may go before the record does. */
static void rates_are_copied_and_not_pointed_to(void **unused)
{
	struct decision_record *r;

	(void)unused;
	made_begin(&m, "cost", 2);
	m.rates.token_ms = 0.25;
	m.candidate[1].rates = &m.rates;
	r = made_record(&m);
	assert_false(r->way[0].has_rates);
	assert_true(r->way[1].has_rates);
	assert_true(r->way[1].rates.token_ms == 0.25);
	assert_null(r->way[1].candidate.rates);
	decision_free(&r);
	made_end(&m);
}

static void keys_are_salted_and_thinned_out(void **unused)
{
	uint64_t key[1000];
	struct decision_record *r, *other;

	(void)unused;
	for (size_t i = 0; i < 1000; i++)
		key[i] = i;
	made_begin(&m, "cost", 1);
	m.made.key = key;
	m.made.n_keys = 1000;
	m.made.key_salt = 7;
	r = made_record(&m);
	assert_int_equal(r->key_stride, 4);
	assert_int_equal(r->n_keys, 250);
	for (uint32_t i = 0; i < r->n_keys; i++)
		assert_true(decision_keys(r)[i] != key[4 * i + 3]);
	m.made.n_keys = 200;
	other = made_record(&m);
	assert_int_equal(other->key_stride, 1);
	/* The same block has the same key in both. */
	assert_true(decision_keys(r)[0] == decision_keys(other)[3]);
	decision_free(&other);
	m.made.key_salt = 8;
	other = made_record(&m);
	assert_true(decision_keys(r)[0] != decision_keys(other)[3]);
	decision_free(&other);
	decision_free(&r);
	made_end(&m);
}

static void a_text_that_is_too_long_is_cut(void **unused)
{
	char text[500];
	struct decision_record *r;

	(void)unused;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	made_begin(&m, "cost", 1);
	m.made.id = m.made.client_id = text;
	r = made_record(&m);
	assert_int_equal(strlen(r->id), DECISION_ID_BYTES - 1);
	assert_int_equal(strlen(r->client_id), DECISION_CLIENT_ID_BYTES - 1);
	decision_free(&r);
	made_end(&m);
}

static void what_costs_the_same_is_a_tie(void **unused)
{
	const struct policy_term t[] = {{.cost = 0.1 + 0.2}, {.cost = 0.3},
					{.cost = 0.31},      {.cost = INFINITY},
					{.cost = INFINITY},  {.cost = 0},
					{.cost = 0}};

	(void)unused;
	assert_true(decision_is_tie(t, 0, 1));
	assert_true(decision_is_tie(t, 5, 6));
	assert_true(decision_is_tie(t, -1, -1));
	assert_false(decision_is_tie(t, 1, 2));
	assert_false(decision_is_tie(t, 3, 4));
	assert_false(decision_is_tie(t, 0, -1));
	assert_false(decision_is_tie(t, -1, 0));
	assert_false(decision_is_tie(t, 0, 3));
}

static void a_copy_counts_for_itself(void **unused)
{
	struct decision_record *r, *copy;

	(void)unused;
	made_begin(&m, "cost", 2);
	r = made_record(&m);
	copy = decision_copy(r);
	made_end(&m);
	decision_free(&r);
	assert_null(r);
	assert_string_equal(copy->roster->worker[1], "worker-1");
	assert_true(copy->way[1].term.cost == 101);
	decision_free(&copy);
	decision_free(&copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_candidates_are_there_in_full),
		cmocka_unit_test(
			of_many_the_cheapest_are_in_full_and_all_others_in_brief),
		cmocka_unit_test(the_chosen_is_in_full_whatever_it_costs),
		cmocka_unit_test(nobody_and_no_candidate_make_a_record_too),
		cmocka_unit_test(rates_are_copied_and_not_pointed_to),
		cmocka_unit_test(keys_are_salted_and_thinned_out),
		cmocka_unit_test(a_text_that_is_too_long_is_cut),
		cmocka_unit_test(what_costs_the_same_is_a_tie),
		cmocka_unit_test(a_copy_counts_for_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
