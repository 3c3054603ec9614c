/* The engine with a host tier, and with blocks that come from peers. */
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
	.d_s = 0.0005,
	.budget = 16,
	.max_seqs = 4,
};

static const struct host_link wire = {.load_s = 0.050, .token_s = 0.001};
static const uint32_t answer[] = {901, 902, 903, 904, 905, 906, 907, 908, 909};

struct rig {
	struct hash_scheme scheme;
	struct cache *cache;
	struct host *host;
	struct engine *engine;
	double now_s;
	size_t gpu_stored, host_stored, tokens;
	struct task *away;
	bool goes; /* whether the sink fetches */
};

static void on_stored(void *arg, const struct cache_run *run)
{
	((struct rig *)arg)->gpu_stored += run->n_blocks;
}

static void on_host_stored(void *arg, const struct cache_run *run)
{
	((struct rig *)arg)->host_stored += run->n_blocks;
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
	(void)t;
	((struct rig *)arg)->tokens++;
}

static bool on_fetch(void *arg, struct task *t)
{
	struct rig *r = arg;

	r->away = t;
	return r->goes;
}

static const struct cache_sink to_cache = {on_stored, on_removed, on_cleared};
static const struct host_sink to_host = {on_host_stored, on_removed};
static const struct engine_sink to_engine = {on_token, on_fetch};

static void rig_init(struct rig *r, size_t usable)
{
	*r = (struct rig){.goes = true};
	ASSERT(hash_scheme_init(&r->scheme, HASH_SHA256_CBOR, SLICE("0"),
				BLOCK) == OK);
	r->cache = cache_create(&r->scheme, usable + 1, &to_cache, r);
	r->host = host_create(&r->scheme, 100, &wire, &to_host, r);
	r->engine = engine_create(&model, r->cache, &to_engine, r);
	engine_use_host(r->engine, r->host);
}

static void rig_fini(struct rig *r)
{
	engine_destroy(&r->engine);
	assert_int_equal(cache_free_blocks(r->cache),
			 cache_usable_blocks(r->cache));
	cache_destroy(&r->cache);
	host_destroy(&r->host);
}

static void submit(struct rig *r, struct task *t, uint32_t first, size_t n,
		   bool wants_fetch)
{
	*t = (struct task){
		.output = answer,
		.n_output = 1,
		.wants_fetch = wants_fetch,
	};
	seq_init(&t->seq, (struct hash_extra){0});
	for (size_t i = 0; i < n; i++) {
		uint32_t id = first + (uint32_t)i;

		seq_append(&t->seq, &id, 1);
	}
	engine_submit(r->engine, t, r->now_s);
}

/* Until nothing more happens by itself. */
static void run(struct rig *r)
{
	enum engine_turn turn;
	double at_s;

	for (int i = 0; i < 1000; i++) {
		turn = engine_begin(r->engine, r->now_s, &at_s);
		if (turn == ENGINE_IDLE)
			return;
		assert_true(at_s > r->now_s);
		r->now_s = at_s;
		if (turn == ENGINE_STEP)
			engine_end(r->engine);
	}
	fail_msg("it never ends");
}

/* As if others had pushed it out of the GPU's cache. */
static void serve_and_forget(struct rig *r, uint32_t first, size_t n)
{
	struct task t;

	submit(r, &t, first, n, false);
	run(r);
	assert_int_equal(t.state, TASK_DONE);
	seq_fini(&t.seq);
	assert_true(cache_reset(r->cache));
	r->now_s = 10 * ceil(r->now_s / 10);
}

static void only_prompts_are_written_through(void **state)
{
	struct rig r;
	struct task t;

	(void)state;
	rig_init(&r, 20);
	submit(&r, &t, 1, 10, false);
	t.n_output = 9;
	run(&r);
	assert_int_equal(r.host_stored, 2);
	assert_int_equal(r.gpu_stored, 4);
	seq_fini(&t.seq);
	rig_fini(&r);
}

static void what_is_in_the_host_tier_is_loaded_and_not_computed(void **state)
{
	struct rig r;
	struct task t;

	(void)state;
	rig_init(&r, 20);
	serve_and_forget(&r, 1, 16);
	submit(&r, &t, 1, 16, false);
	run(&r);
	assert_int_equal(t.n_cached, 12);
	assert_int_equal(t.n_loaded, 12);
	assert_int_equal(engine_stats(r.engine)->loads, 1);
	/* 62 ms to load, then a step with the last block. */
	assert_true(fabs(t.first_s - t.submitted_s - .076) < 1e-9);
	assert_int_equal(cache_named_blocks(r.cache), 4);
	seq_fini(&t.seq);
	rig_fini(&r);
}

static void what_is_on_the_gpu_is_not_loaded(void **state)
{
	struct rig r;
	struct task t, again;

	(void)state;
	rig_init(&r, 20);
	submit(&r, &t, 1, 16, false);
	run(&r);
	submit(&r, &again, 1, 16, false);
	run(&r);
	assert_int_equal(again.n_cached, 12);
	assert_int_equal(again.n_loaded, 0);
	seq_fini(&t.seq);
	seq_fini(&again.seq);
	rig_fini(&r);
}

static void loading_holds_nobody_up(void **state)
{
	struct rig r;
	struct task loads, computes;

	(void)state;
	rig_init(&r, 20);
	serve_and_forget(&r, 1, 16);
	submit(&r, &loads, 1, 16, false);
	submit(&r, &computes, 500, 8, false);
	assert_int_equal(engine_waiting(r.engine), 2);
	run(&r);
	assert_true(computes.first_s < loads.first_s);
	assert_true(fabs(computes.first_s - computes.submitted_s - .018) <
		    1e-9);
	seq_fini(&loads.seq);
	seq_fini(&computes.seq);
	rig_fini(&r);
}

/* Each takes 4 of 6 blocks: one loads after the other. */
static void those_that_load_never_keep_each_other_waiting(void **state)
{
	struct rig r;
	struct task t[3];

	(void)state;
	rig_init(&r, 6);
	for (uint32_t i = 0; i < 3; i++)
		serve_and_forget(&r, 1 + 100 * i, 16);
	for (uint32_t i = 0; i < 3; i++)
		submit(&r, &t[i], 1 + 100 * i, 16, false);
	run(&r);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(t[i].state, TASK_DONE);
		assert_int_equal(t[i].n_loaded, 12);
		seq_fini(&t[i].seq);
	}
	rig_fini(&r);
}

static void a_task_that_is_cancelled_while_it_loads_frees_its_blocks(void **s)
{
	struct rig r;
	struct task t;
	double at_s;

	(void)s;
	rig_init(&r, 20);
	serve_and_forget(&r, 1, 16);
	submit(&r, &t, 1, 16, false);
	assert_int_equal(engine_begin(r.engine, r.now_s, &at_s), ENGINE_WAIT);
	assert_int_equal(t.state, TASK_LOADING);
	assert_int_equal(cache_free_blocks(r.cache), 16);
	engine_cancel(r.engine, &t);
	assert_int_equal(cache_free_blocks(r.cache), 20);
	assert_int_equal(engine_waiting(r.engine), 0);
	run(&r);
	seq_fini(&t.seq);
	rig_fini(&r);
}

static void who_has_gone_for_blocks_waits_aside_and_is_next_then(void **state)
{
	struct rig r;
	struct task t, other, last;

	(void)state;
	rig_init(&r, 20);
	submit(&r, &t, 1, 16, true);
	submit(&r, &other, 500, 8, false);
	run(&r);
	assert_ptr_equal(r.away, &t);
	assert_int_equal(t.state, TASK_AWAY);
	assert_int_equal(other.state, TASK_DONE);
	assert_int_equal(engine_waiting(r.engine), 1);
	/* What a peer gave is in the host tier by now. */
	host_store(r.host, &t.seq, 8);
	submit(&r, &last, 700, 16, false);
	engine_return(r.engine, &t);
	run(&r);
	assert_int_equal(t.n_loaded, 8);
	assert_int_equal(last.state, TASK_DONE);
	seq_fini(&t.seq);
	seq_fini(&other.seq);
	seq_fini(&last.seq);
	rig_fini(&r);
}

static void who_need_not_go_starts_at_once(void **state)
{
	struct rig r;
	struct task t;

	(void)state;
	rig_init(&r, 20);
	r.goes = false;
	submit(&r, &t, 1, 16, true);
	run(&r);
	assert_ptr_equal(r.away, &t);
	assert_int_equal(t.state, TASK_DONE);
	seq_fini(&t.seq);
	rig_fini(&r);
}

static void who_is_away_can_be_cancelled(void **state)
{
	struct rig r;
	struct task t, left;

	(void)state;
	rig_init(&r, 20);
	submit(&r, &t, 1, 16, true);
	submit(&r, &left, 100, 16, true);
	run(&r);
	engine_cancel(r.engine, &t);
	assert_int_equal(t.state, TASK_DONE);
	assert_int_equal(engine_waiting(r.engine), 1);
	seq_fini(&t.seq);
	rig_fini(&r); /* cancels the other */
	assert_int_equal(left.state, TASK_DONE);
	seq_fini(&left.seq);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_prompts_are_written_through),
		cmocka_unit_test(
			what_is_in_the_host_tier_is_loaded_and_not_computed),
		cmocka_unit_test(what_is_on_the_gpu_is_not_loaded),
		cmocka_unit_test(loading_holds_nobody_up),
		cmocka_unit_test(those_that_load_never_keep_each_other_waiting),
		cmocka_unit_test(
			a_task_that_is_cancelled_while_it_loads_frees_its_blocks),
		cmocka_unit_test(
			who_has_gone_for_blocks_waits_aside_and_is_next_then),
		cmocka_unit_test(who_need_not_go_starts_at_once),
		cmocka_unit_test(who_is_away_can_be_cancelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
