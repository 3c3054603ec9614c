#include "router/decision/field.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

static const struct decision_field *find(const struct decision_field *f,
					 const char *name)
{
	while (f->name != NULL && strcmp(f->name, name) != 0)
		f++;
	assert_non_null(f->name);
	return f;
}

static void each_field_is_read_back_as_it_was_set(void **unused)
{
	const struct decision_field *all[] = {decision_candidate_field,
					      decision_term_field,
					      decision_rates_field};
	union {
		struct policy_candidate candidate;
		struct policy_term term;
		struct policy_rates rates;
	} owner;

	(void)unused;
	for (size_t k = 0; k < 3; k++) {
		memset(&owner, 0, sizeof(owner));
		for (const struct decision_field *f = all[k]; f->name; f++) {
			assert_true(decision_field_get(f, &owner) == 0);
			assert_true(decision_field_set(f, &owner, 1));
			assert_true(decision_field_get(f, &owner) == 1);
		}
	}
}

static void what_is_out_of_range_is_refused_and_changes_nothing(void **unused)
{
	static const struct {
		const char *name;
		double value;
	} bad[] = {
		{"held_blocks", -1},     {"held_blocks", 0.5},
		{"held_blocks", 1e10},   {"inflight_tokens", 1e17},
		{"inflight_tokens", -1}, {"exact", 2},
		{"exact", 0.5},          {"kv_usage", INFINITY},
		{"kv_usage", NAN},       {"held_blocks", NAN},
	};
	struct policy_candidate c = {0};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const struct decision_field *f = find(decision_candidate_field,
						      bad[i].name);

		assert_false(decision_field_set(f, &c, bad[i].value));
		assert_true(decision_field_get(f, &c) == 0);
	}
}

static void written(const struct decision_field *f, const void *owner,
		    bool exact, const char *wanted)
{
	struct buf out = {0};

	decision_field_write(f, owner, exact, &out);
	buf_putc(&out, '\0');
	assert_string_equal(out.p, wanted);
	buf_fini(&out);
}

static void a_field_is_written_as_json(void **unused)
{
	struct policy_candidate c = {
		.held_blocks = 7, .inflight_tokens = UINT64_MAX, .exact = true};
	struct policy_term t = {.cost = 1.0 / 3, .tokens = INFINITY};

	(void)unused;
	written(find(decision_candidate_field, "held_blocks"), &c, false, "7");
	written(find(decision_candidate_field, "inflight_tokens"), &c, false,
		"18446744073709551615");
	written(find(decision_candidate_field, "exact"), &c, false, "true");
	written(find(decision_candidate_field, "spills"), &c, false, "false");
	written(find(decision_term_field, "cost"), &t, false, "0.333333");
	written(find(decision_term_field, "cost"), &t, true,
		"0.33333333333333331");
	written(find(decision_term_field, "tokens"), &t, true, "null");
}

static void parts_add_up_to_the_cost_and_are_not_set(void **unused)
{
	struct policy_term t = {.wait = 1,
				.compute = 2,
				.transfer = 4,
				.work = 8,
				.memory = 16,
				.eviction = 32,
				.recent = 64,
				.away = 128,
				.adapter = 256,
				.placement = -512};
	double sum = 0;

	(void)unused;
	for (const struct decision_field *f = decision_part_field; f->name;
	     f++) {
		sum += decision_field_get(f, &t);
		assert_false(decision_field_set(f, &t, 1));
	}
	/* It waits while it fetches. */
	assert_true(sum == 2 + 4 + 8 + 16 + 32 + 64 + 128 + 256 - 512);
	written(find(decision_part_field, "expected_ms"), &t, false, "262");
	written(find(decision_part_field, "others_ms"), &t, false, "56");
	written(find(decision_part_field, "spread"), &t, false, "-320");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_field_is_read_back_as_it_was_set),
		cmocka_unit_test(
			what_is_out_of_range_is_refused_and_changes_nothing),
		cmocka_unit_test(a_field_is_written_as_json),
		cmocka_unit_test(parts_add_up_to_the_cost_and_are_not_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
