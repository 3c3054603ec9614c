/* What holds for every policy, on random fleets. */
#include "router/policy/policy.h"

#include "tests/unit/policy/fleet.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ROUNDS 2000

static struct trial random_trial(struct rng *r)
{
	struct trial t = trial_of(1 + rng_below(r, 12));

	trial_prompt(&t, rng_below(r, 3) ? rng_below(r, 20000) : 0);
	t.q.session = rng_below(r, 3) ? rng_next(r) : 0;
	for (size_t i = 0; i < t.q.n; i++) {
		struct policy_candidate *c = &t.c[i];
		size_t most = t.q.prompt_blocks + 1;

		c->name_hash = rng_next(r);
		if (rng_below(r, 4) == 0)
			c->exclusion = (enum policy_exclusion)rng_below(r, 5);
		c->exact = rng_below(r, 2);
		c->held_blocks = (uint32_t)rng_below(r, most);
		c->other_blocks = (uint32_t)rng_below(r, most);
		c->approx_blocks = (uint32_t)rng_below(r, most);
		c->inflight = (uint32_t)rng_below(r, 60);
		c->inflight_tokens = rng_below(r, 100000);
		c->running = (uint32_t)rng_below(r, 40);
		c->waiting = (uint32_t)rng_below(r, 10);
		c->kv_usage = rng_unit(r);
		c->recent_tokens = rng_below(r, 50000);
	}
	return t;
}

static size_t count_allowed(const struct trial *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->q.n; i++)
		n += t->c[i].exclusion == POLICY_ALLOWED;
	return n;
}

static void only_the_allowed_are_chosen(void **unused)
{
	struct rng r;

	(void)unused;
	rng_seed(&r, 7);
	for (size_t p = 0; policy_at(p) != NULL; p++)
		for (int i = 0; i < ROUNDS; i++) {
			struct trial t = random_trial(&r);
			int w = trial_run(&t, policy_at(p)->name);

			assert_non_null(t.d.reason);
			assert_true(t.d.reason[0] != '\0');
			assert_int_equal(w == -1, count_allowed(&t) == 0);
			if (w == -1)
				continue;
			assert_in_range(w, 0, t.q.n - 1);
			assert_int_equal(t.c[w].exclusion, POLICY_ALLOWED);
		}
}

static void every_candidate_has_its_term(void **unused)
{
	struct rng r;

	(void)unused;
	rng_seed(&r, 8);
	for (size_t p = 0; policy_at(p) != NULL; p++)
		for (int i = 0; i < ROUNDS; i++) {
			struct trial t = random_trial(&r);
			int w;

			memset(t.term, 0x7f, sizeof(t.term));
			w = trial_run(&t, policy_at(p)->name);
			for (size_t k = 0; k < t.q.n; k++) {
				bool out = t.c[k].exclusion != POLICY_ALLOWED;

				assert_false(isnan(t.term[k].cost));
				assert_int_equal(isinf(t.term[k].cost) != 0,
						 out);
				if (!out)
					assert_true(t.term[w].cost <=
						    t.term[k].cost *
							    (1 + 1e-6));
			}
		}
}

/* Policies whose terms do not depend on whose turn it is. */
static const char *const steady[] = {"kv_aware", "prefix", "session",
				     "least_load"};

static void the_order_of_workers_does_not_matter(void **unused)
{
	struct rng r;

	(void)unused;
	rng_seed(&r, 9);
	for (size_t p = 0; p < ARRAY_LEN(steady); p++)
		for (int i = 0; i < ROUNDS; i++) {
			struct trial t = random_trial(&r), back = t;
			size_t n = t.q.n;
			int a, b;

			for (size_t k = 0; k < n; k++)
				back.c[k] = t.c[n - 1 - k];
			a = trial_run(&t, steady[p]);
			b = trial_run(&back, steady[p]);
			for (size_t k = 0; k < n; k++)
				assert_true(t.term[k].cost ==
					    back.term[n - 1 - k].cost);
			if (a >= 0)
				assert_true(t.term[a].cost ==
					    back.term[b].cost);
		}
}

static void add_load(struct policy_candidate *c, struct rng *r)
{
	switch (rng_below(r, 5)) {
	case 0: c->inflight += 1 + (uint32_t)rng_below(r, 20); break;
	case 1: c->inflight_tokens += 1 + rng_below(r, 20000); break;
	case 2: c->waiting += 1 + (uint32_t)rng_below(r, 10); break;
	case 3: c->kv_usage += (1 - c->kv_usage) * rng_unit(r); break;
	default: c->recent_tokens += rng_below(r, 20000); break;
	}
}

static void more_load_never_attracts(void **unused)
{
	struct rng r;

	(void)unused;
	rng_seed(&r, 10);
	for (size_t p = 0; p < ARRAY_LEN(steady); p++)
		for (int i = 0; i < ROUNDS; i++) {
			struct trial t = random_trial(&r), more = t;
			size_t k = rng_below(&r, t.q.n);
			int a, b;

			add_load(&more.c[k], &r);
			a = trial_run(&t, steady[p]);
			b = trial_run(&more, steady[p]);
			if (b == (int)k && a != b)
				/* Then only as an equal. */
				assert_true(t.term[a].cost >=
					    t.term[k].cost * (1 - 1e-9));
		}
}

static void a_longer_prefix_never_repels(void **unused)
{
	struct rng r;

	(void)unused;
	rng_seed(&r, 11);
	for (size_t p = 0; p < ARRAY_LEN(steady); p++)
		for (int i = 0; i < ROUNDS; i++) {
			struct trial t = random_trial(&r), more;
			size_t k;
			int a;

			if (t.q.prompt_blocks == 0)
				continue;
			a = trial_run(&t, steady[p]);
			if (a < 0)
				continue;
			more = t;
			k = (size_t)a;
			more.c[k].held_blocks = (uint32_t)t.q.prompt_blocks;
			if (rng_below(&r, 2))
				more.c[k].approx_blocks = more.c[k].held_blocks;
			policy_state_init(&more.s, 1);
			assert_int_equal(trial_run(&more, steady[p]), a);
		}
}

static void nothing_is_fetched_where_nobody_gives(void **unused)
{
	(void)unused;
	for (size_t p = 0; policy_at(p) != NULL; p++) {
		struct trial t = trial_of(3);

		trial_prompt(&t, 1000);
		t.c[0].held_blocks = t.c[0].approx_blocks = 60;
		t.c[2].exclusion = POLICY_DOWN;
		trial_run(&t, policy_at(p)->name);
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(t.term[i].source, -1);
	}
}

static void nobody_left_has_a_reason(void **unused)
{
	static const struct {
		enum policy_exclusion a, b;
		const char *reason;
	} cases[] = {
		{POLICY_DOWN, POLICY_DOWN, "all workers down"},
		{POLICY_DOWN, POLICY_DRAINING, "all workers draining"},
		{POLICY_TRIED, POLICY_DOWN, "all workers tried"},
		{POLICY_ROLE, POLICY_ROLE, "all workers prefill only"},
		{POLICY_ROLE, POLICY_DOWN, "all workers down"},
		{POLICY_DOWN, POLICY_FULL, "all workers full"},
		{POLICY_DRAINING, POLICY_BROKEN, "all breakers open"},
		{POLICY_PAUSED, POLICY_BROKEN, "all workers paused"},
	};

	(void)unused;
	for (size_t p = 0; policy_at(p) != NULL; p++) {
		struct trial none = trial_of(0);

		assert_int_equal(trial_run(&none, policy_at(p)->name), -1);
		assert_string_equal(none.d.reason, "no workers");
		for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
			struct trial t = trial_of(2);

			t.c[0].exclusion = cases[i].a;
			t.c[1].exclusion = cases[i].b;
			assert_int_equal(trial_run(&t, policy_at(p)->name), -1);
			assert_string_equal(t.d.reason, cases[i].reason);
		}
	}
}

static void policies_are_found_by_their_names_alone(void **unused)
{
	(void)unused;
	for (size_t p = 0; policy_at(p) != NULL; p++) {
		assert_ptr_equal(policy_find(slice_of(policy_at(p)->name)),
				 policy_at(p));
		assert_true(policy_at(p)->help[0] != '\0');
		assert_true(policy_at(p)->unit[0] != '\0');
	}
	assert_null(policy_find(SLICE("kv_awar")));
	assert_null(policy_find(SLICE("kv_aware2")));
	assert_null(policy_find(SLICE("")));
	assert_null(policy_at(100));
}

static void every_exclusion_has_a_name(void **unused)
{
	(void)unused;
	assert_string_equal(policy_exclusion_name(POLICY_ALLOWED), "allowed");
	assert_string_equal(policy_exclusion_name(POLICY_FULL), "full");
	assert_string_equal(policy_exclusion_name((enum policy_exclusion)99),
			    "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_allowed_are_chosen),
		cmocka_unit_test(every_candidate_has_its_term),
		cmocka_unit_test(the_order_of_workers_does_not_matter),
		cmocka_unit_test(more_load_never_attracts),
		cmocka_unit_test(a_longer_prefix_never_repels),
		cmocka_unit_test(nothing_is_fetched_where_nobody_gives),
		cmocka_unit_test(nobody_left_has_a_reason),
		cmocka_unit_test(policies_are_found_by_their_names_alone),
		cmocka_unit_test(every_exclusion_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
