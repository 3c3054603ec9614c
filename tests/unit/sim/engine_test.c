#include "tools/sim/engine.h"

#include "common/base/assert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#define BLOCK 4

static const struct engine_model model = {
	.t0_s = 0.010,
	.b_s = 0.001,
	.c_s = 0.00001,
	.d_s = 0.0005,
	.r_s = 0.0001,
	.f_s = 0.002,
	.budget = 16,
	.max_seqs = 4,
};

static const uint32_t answer[] = {901, 902, 903, 904, 905, 906, 907, 908, 909};

struct rig {
	struct hash_scheme scheme;
	struct cache *cache;
	struct engine *engine;
	double now_s;
	size_t tokens; /* generated, over all tasks */
	struct task *last;
};

static void on_stored(void *arg, const struct cache_run *run)
{
	(void)arg;
	(void)run;
}

static void on_removed(void *arg, const uint8_t *digest)
{
	(void)arg;
	(void)digest;
}

static void on_cleared(void *arg)
{
	(void)arg;
}

static void on_token(void *arg, struct task *t)
{
	struct rig *r = arg;

	r->tokens++;
	r->last = t;
}

static const struct cache_sink to_cache = {on_stored, on_removed, on_cleared};
static const struct engine_sink to_engine = {on_token};

static void rig_init(struct rig *r, size_t usable)
{
	*r = (struct rig){0};
	ASSERT(hash_scheme_init(&r->scheme, HASH_SHA256_CBOR, SLICE("0"),
				BLOCK) == OK);
	r->cache = cache_create(&r->scheme, usable + 1, &to_cache, r);
	r->engine = engine_create(&model, r->cache, &to_engine, r);
}

static void rig_fini(struct rig *r)
{
	engine_destroy(&r->engine);
	assert_int_equal(cache_free_blocks(r->cache),
			 cache_usable_blocks(r->cache));
	cache_destroy(&r->cache);
}

static void submit(struct rig *r, struct task *t, uint32_t first, size_t n,
		   size_t n_output)
{
	*t = (struct task){.output = answer, .n_output = n_output};
	seq_init(&t->seq, (struct hash_extra){0});
	for (size_t i = 0; i < n; i++) {
		uint32_t id = first + (uint32_t)i;

		seq_append(&t->seq, &id, 1);
	}
	engine_submit(r->engine, t, r->now_s);
}

/* One step, waiting for it if need be; its length, or 0 when idle. */
static double step(struct rig *r)
{
	double at_s, from_s;

	for (;;) {
		enum engine_turn turn;

		turn = engine_begin(r->engine, r->now_s, &at_s);
		if (turn == ENGINE_IDLE)
			return 0;
		from_s = r->now_s;
		r->now_s = at_s;
		if (turn == ENGINE_WAIT)
			continue;
		engine_end(r->engine);
		return at_s - from_s;
	}
}

static void run(struct rig *r)
{
	for (int i = 0; step(r) > 0; i++)
		assert_true(i < 10000);
}

static bool near(double a, double b)
{
	return fabs(a - b) < 1e-9;
}

static void a_step_costs_what_the_formula_says(void **state)
{
	struct rig r;
	struct task t;

	(void)state;
	rig_init(&r, 32);
	submit(&r, &t, 1, 10, 3);
	/* Prefill of 10 after the fixed time f. */
	assert_true(near(step(&r), .010 + 10 * .001 + 1e-5 * 10 * 5));
	assert_true(near(r.now_s, .002 + .010 + .010 + .0005));
	assert_int_equal(t.n_generated, 1);
	/* Decode: one token, 11 held. */
	assert_true(near(step(&r), .010 + .0005 + 11 * .0001));
	assert_true(near(step(&r), .010 + .0005 + 12 * .0001));
	assert_int_equal(t.state, TASK_DONE);
	assert_true(step(&r) == 0);
	seq_fini(&t.seq);
	rig_fini(&r);
}

static void a_long_prompt_comes_in_chunks(void **state)
{
	struct rig r;
	struct task t;

	(void)state;
	rig_init(&r, 32);
	submit(&r, &t, 1, 40, 1);
	step(&r);
	assert_int_equal(t.n_computed, 16);
	assert_true(near(step(&r), .010 + .016 + 1e-5 * 16 * (16 + 8)));
	assert_int_equal(t.n_generated, 0);
	assert_true(near(step(&r), .010 + .008 + 1e-5 * 8 * (32 + 4)));
	assert_int_equal(t.state, TASK_DONE);
	seq_fini(&t.seq);
	rig_fini(&r);
}

static void decoding_goes_on_beside_a_prefill(void **state)
{
	struct rig r;
	struct task a, b;

	(void)state;
	rig_init(&r, 32);
	submit(&r, &a, 1, 8, 4);
	step(&r);
	submit(&r, &b, 100, 40, 1);
	r.now_s += .002;
	step(&r);
	assert_int_equal(a.n_generated, 2);
	assert_int_equal(b.n_computed, 15);
	run(&r);
	assert_int_equal(r.tokens, 5);
	seq_fini(&a.seq);
	seq_fini(&b.seq);
	rig_fini(&r);
}

static void a_second_turn_finds_prompt_and_answer(void **state)
{
	struct rig r;
	struct task t;
	uint32_t id = 77;

	(void)state;
	rig_init(&r, 32);
	submit(&r, &t, 1, 8, 5);
	run(&r);
	assert_int_equal(t.n_cached, 0);
	seq_fini(&t.seq);
	/* The last generated token was never computed: 12 of 13 are. */
	submit(&r, &t, 1, 8, 1);
	seq_append(&t.seq, answer, 5);
	seq_append(&t.seq, &id, 1);
	t.n_prompt = t.seq.n;
	run(&r);
	assert_int_equal(t.n_cached, 12);
	assert_int_equal(engine_stats(r.engine)->prefix_hits, 12);
	seq_fini(&t.seq);
	rig_fini(&r);
}

static void the_youngest_is_preempted_and_computed_again(void **state)
{
	struct rig r;
	struct task a, b;

	(void)state;
	rig_init(&r, 5);
	submit(&r, &a, 1, 8, 8);
	submit(&r, &b, 100, 8, 8);
	r.now_s = .002;
	step(&r);
	assert_int_equal(engine_running(r.engine), 2);
	while (engine_stats(r.engine)->preemptions == 0)
		assert_true(step(&r) > 0);
	assert_int_equal(b.state, TASK_WAITING);
	assert_int_equal(a.state, TASK_RUNNING);
	run(&r);
	assert_int_equal(a.n_generated, 8);
	assert_int_equal(b.n_generated, 8);
	/* What it found again of itself is no hit of the prompt. */
	assert_int_equal(b.n_cached, 0);
	seq_fini(&a.seq);
	seq_fini(&b.seq);
	rig_fini(&r);
}

static void a_cancelled_task_frees_its_blocks_at_once(void **state)
{
	struct rig r;
	struct task a, b;
	double at_s;

	(void)state;
	rig_init(&r, 32);
	submit(&r, &a, 1, 40, 8);
	submit(&r, &b, 100, 8, 2);
	r.now_s = .002;
	assert_int_equal(engine_begin(r.engine, r.now_s, &at_s), ENGINE_STEP);
	engine_cancel(r.engine, &a);
	assert_int_equal(cache_free_blocks(r.cache), 32);
	engine_end(r.engine);
	assert_int_equal(r.tokens, 0);
	engine_cancel(r.engine, &a);
	run(&r);
	assert_int_equal(r.tokens, 2);
	assert_ptr_equal(r.last, &b);
	seq_fini(&a.seq);
	seq_fini(&b.seq);
	rig_fini(&r);
}

static void no_more_run_at_once_than_allowed(void **state)
{
	struct rig r;
	struct task t[6];

	(void)state;
	rig_init(&r, 64);
	for (uint32_t i = 0; i < 6; i++)
		submit(&r, &t[i], 100 * i, 2, 3);
	r.now_s = .002;
	step(&r);
	assert_int_equal(engine_running(r.engine), 4);
	assert_int_equal(engine_waiting(r.engine), 2);
	run(&r);
	assert_int_equal(r.tokens, 18);
	for (int i = 0; i < 6; i++)
		seq_fini(&t[i].seq);
	rig_fini(&r);
}

static void it_knows_whose_adapters_run_and_wait(void **state)
{
	struct task plain, a, b;
	struct rig r;

	(void)state;
	rig_init(&r, 64);
	submit(&r, &plain, 100, 4, 2);
	assert_false(engine_awaits_adapter(r.engine, SLICE("sql")));
	submit(&r, &a, 200, 4, 9);
	a.seq.extra.lora = SLICE("sql");
	submit(&r, &b, 300, 4, 2);
	b.seq.extra.lora = SLICE("poems");
	assert_true(engine_awaits_adapter(r.engine, SLICE("sql")));
	assert_false(engine_runs_adapter(r.engine, SLICE("sql")));
	step(&r);
	assert_false(engine_awaits_adapter(r.engine, SLICE("sql")));
	assert_true(engine_runs_adapter(r.engine, SLICE("sql")));
	assert_true(engine_runs_adapter(r.engine, SLICE("poems")));
	assert_false(engine_runs_adapter(r.engine, SLICE("sq")));
	run(&r);
	assert_false(engine_runs_adapter(r.engine, SLICE("sql")));
	seq_fini(&plain.seq);
	seq_fini(&a.seq);
	seq_fini(&b.seq);
	rig_fini(&r);
}

static void nobody_starts_before_the_fixed_time_is_over(void **state)
{
	struct rig r;
	struct task t;
	double at_s;

	(void)state;
	rig_init(&r, 32);
	submit(&r, &t, 1, 8, 1);
	assert_int_equal(engine_begin(r.engine, 0, &at_s), ENGINE_WAIT);
	assert_true(near(at_s, .002));
	assert_int_equal(engine_begin(r.engine, .001, &at_s), ENGINE_WAIT);
	assert_int_equal(engine_begin(r.engine, .002, &at_s), ENGINE_STEP);
	engine_end(r.engine);
	seq_fini(&t.seq);
	rig_fini(&r);
}

static void kept_blocks_are_the_owners_to_give_back(void **state)
{
	struct rig r;
	struct task t;

	(void)state;
	rig_init(&r, 20);
	submit(&r, &t, 1, 12, 1);
	t.keeps_blocks = true;
	run(&r);
	assert_int_equal(t.state, TASK_DONE);
	assert_int_equal(cache_free_blocks(r.cache), 17);
	cache_release(r.cache, &t.seq);
	seq_fini(&t.seq);
	rig_fini(&r);
}

/* Nothing runs that could free a block: only the owner can. */
static void kept_blocks_make_others_wait(void **state)
{
	struct rig r;
	struct task t, next;

	(void)state;
	rig_init(&r, 4);
	submit(&r, &t, 1, 12, 1);
	t.keeps_blocks = true;
	run(&r);
	submit(&r, &next, 100, 12, 1);
	run(&r);
	assert_int_equal(next.state, TASK_WAITING);
	cache_release(r.cache, &t.seq);
	run(&r);
	assert_int_equal(next.state, TASK_DONE);
	seq_fini(&t.seq);
	seq_fini(&next.seq);
	rig_fini(&r);
}

static void a_lone_task_that_cannot_grow_waits_as_well(void **state)
{
	struct rig r;
	struct task t, next;

	(void)state;
	rig_init(&r, 4);
	submit(&r, &t, 1, 8, 1);
	t.keeps_blocks = true;
	run(&r);
	submit(&r, &next, 100, 7, 4);
	run(&r);
	assert_int_equal(next.state, TASK_WAITING);
	cache_release(r.cache, &t.seq);
	run(&r);
	assert_int_equal(next.state, TASK_DONE);
	assert_int_equal(next.n_generated, 4);
	seq_fini(&t.seq);
	seq_fini(&next.seq);
	rig_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_costs_what_the_formula_says),
		cmocka_unit_test(a_long_prompt_comes_in_chunks),
		cmocka_unit_test(decoding_goes_on_beside_a_prefill),
		cmocka_unit_test(a_second_turn_finds_prompt_and_answer),
		cmocka_unit_test(the_youngest_is_preempted_and_computed_again),
		cmocka_unit_test(a_cancelled_task_frees_its_blocks_at_once),
		cmocka_unit_test(no_more_run_at_once_than_allowed),
		cmocka_unit_test(it_knows_whose_adapters_run_and_wait),
		cmocka_unit_test(nobody_starts_before_the_fixed_time_is_over),
		cmocka_unit_test(kept_blocks_are_the_owners_to_give_back),
		cmocka_unit_test(kept_blocks_make_others_wait),
		cmocka_unit_test(a_lone_task_that_cannot_grow_waits_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
