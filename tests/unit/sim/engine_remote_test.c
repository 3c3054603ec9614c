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
	.budget = 64,
	.max_seqs = 4,
};

static const uint32_t answer[] = {901, 902, 903, 904};

struct rig {
	struct hash_scheme scheme;
	struct cache *cache;
	struct engine *engine;
	double now_s;
	size_t stored, copied;
	struct task *last; /* that has finished */
};

static void on_stored(void *arg, const struct cache_run *run)
{
	((struct rig *)arg)->stored += run->n_blocks;
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
	if (t->state == TASK_DONE)
		((struct rig *)arg)->last = t;
}

static void on_copied(void *arg, struct task *t)
{
	(void)t;
	((struct rig *)arg)->copied++;
}

static const struct cache_sink to_cache = {on_stored, on_removed, on_cleared};
static const struct engine_sink to_engine = {on_token, NULL, on_copied};

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

/* `remote` of its `n` tokens are to be copied, at 1 s and 0.1 s a token. */
static void submit(struct rig *r, struct task *t, uint32_t first, size_t n,
		   size_t remote)
{
	*t = (struct task){.output = answer,
			   .n_output = 2,
			   .copy_s = 1,
			   .copy_token_s = .1,
			   .n_remote = remote};
	seq_init(&t->seq, (struct hash_extra){0});
	for (size_t i = 0; i < n; i++) {
		uint32_t id = first + (uint32_t)i;

		seq_append(&t->seq, &id, 1);
	}
	engine_submit(r->engine, t, r->now_s);
}

/* Until nothing more happens before `until_s`; the end's time. */
static double run(struct rig *r, double until_s)
{
	double at_s;

	for (;;) {
		enum engine_turn turn;

		turn = engine_begin(r->engine, r->now_s, &at_s);
		if (turn == ENGINE_IDLE ||
		    (turn == ENGINE_WAIT && at_s > until_s))
			return r->now_s;
		r->now_s = at_s;
		if (turn == ENGINE_STEP)
			engine_end(r->engine);
	}
}

static bool near(double a, double b)
{
	return fabs(a - b) < 1e-9;
}

static void what_is_copied_is_not_computed(void **state)
{
	struct rig r;
	struct task t;

	(void)state;
	rig_init(&r, 20);
	submit(&r, &t, 1, 12, 12);
	/* All but the last token: that is computed, and decoded on. */
	assert_true(near(run(&r, 99), 1 + 1.1 + 2 * .010 + .001));
	assert_int_equal(t.state, TASK_DONE);
	assert_int_equal(t.n_cached, 11);
	assert_int_equal(t.n_copied, 11);
	assert_int_equal(r.copied, 1);
	assert_int_equal(r.stored, 3);
	seq_fini(&t.seq);
	rig_fini(&r);
}

static void only_what_is_missing_is_copied(void **state)
{
	struct rig r;
	struct task t, again;

	(void)state;
	rig_init(&r, 20);
	submit(&r, &t, 1, 9, 0);
	run(&r, 99);
	submit(&r, &again, 1, 12, 12);
	run(&r, 99);
	assert_int_equal(again.n_copied, 3);
	assert_int_equal(again.n_cached, 11);
	seq_fini(&t.seq);
	seq_fini(&again.seq);
	rig_fini(&r);
}

static void what_is_here_is_not_copied(void **state)
{
	struct rig r;
	struct task t, again;

	(void)state;
	rig_init(&r, 20);
	submit(&r, &t, 1, 12, 0);
	run(&r, 99);
	submit(&r, &again, 1, 12, 4);
	run(&r, 99);
	assert_int_equal(again.n_copied, 0);
	assert_int_equal(again.n_cached, 8);
	/* Its owner hears of it all the same. */
	assert_int_equal(r.copied, 1);
	seq_fini(&t.seq);
	seq_fini(&again.seq);
	rig_fini(&r);
}

static void others_run_while_one_is_copied(void **state)
{
	struct rig r;
	struct task t, other;

	(void)state;
	rig_init(&r, 20);
	submit(&r, &t, 1, 12, 12);
	submit(&r, &other, 100, 4, 0);
	assert_true(run(&r, 1) < 1);
	assert_ptr_equal(r.last, &other);
	run(&r, 99);
	assert_ptr_equal(r.last, &t);
	seq_fini(&t.seq);
	seq_fini(&other.seq);
	rig_fini(&r);
}

static void copies_have_the_link_one_after_the_other(void **state)
{
	struct rig r;
	struct task t, other;

	(void)state;
	rig_init(&r, 20);
	submit(&r, &t, 1, 41, 41);
	submit(&r, &other, 100, 11, 11);
	assert_true(run(&r, 5.5) < 5.2);
	assert_ptr_equal(r.last, &t);
	assert_true(near(other.loaded_s, 4 + 1 + 1));
	run(&r, 99);
	assert_ptr_equal(r.last, &other);
	seq_fini(&t.seq);
	seq_fini(&other.seq);
	rig_fini(&r);
}

static void nothing_is_copied_before_there_is_room(void **state)
{
	struct rig r;
	struct task t, other;

	(void)state;
	rig_init(&r, 4);
	submit(&r, &other, 100, 8, 0);
	other.keeps_blocks = true;
	run(&r, 99);
	submit(&r, &t, 1, 12, 12);
	run(&r, 99);
	assert_int_equal(t.state, TASK_WAITING);
	assert_int_equal(r.copied, 0);
	cache_release(r.cache, &other.seq);
	run(&r, 999);
	assert_int_equal(t.state, TASK_DONE);
	seq_fini(&t.seq);
	seq_fini(&other.seq);
	rig_fini(&r);
}

static void what_is_lost_is_computed(void **state)
{
	struct rig r;
	struct task t;

	(void)state;
	rig_init(&r, 20);
	submit(&r, &t, 1, 12, 12);
	run(&r, .5);
	assert_int_equal(t.state, TASK_LOADING);
	engine_compute(r.engine, &t);
	assert_int_equal(t.state, TASK_WAITING);
	assert_true(run(&r, 99) < 1);
	assert_int_equal(t.state, TASK_DONE);
	assert_int_equal(r.copied, 0);
	seq_fini(&t.seq);
	rig_fini(&r);
}

static void what_is_copied_is_not_lost(void **state)
{
	struct rig r;
	struct task t;
	double at_s;

	(void)state;
	rig_init(&r, 20);
	submit(&r, &t, 1, 12, 12);
	run(&r, .5);
	assert_int_equal(engine_begin(r.engine, 99, &at_s), ENGINE_STEP);
	engine_compute(r.engine, &t);
	engine_end(r.engine);
	r.now_s = at_s;
	run(&r, 999);
	assert_int_equal(t.n_cached, 11);
	assert_int_equal(r.copied, 1);
	seq_fini(&t.seq);
	rig_fini(&r);
}

static void who_leaves_while_it_is_copied_frees_its_blocks(void **state)
{
	struct rig r;
	struct task t;

	(void)state;
	rig_init(&r, 20);
	submit(&r, &t, 1, 12, 12);
	run(&r, .5);
	assert_int_equal(cache_free_blocks(r.cache), 17);
	engine_cancel(r.engine, &t);
	assert_int_equal(engine_waiting(r.engine), 0);
	seq_fini(&t.seq);
	rig_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_copied_is_not_computed),
		cmocka_unit_test(only_what_is_missing_is_copied),
		cmocka_unit_test(what_is_here_is_not_copied),
		cmocka_unit_test(others_run_while_one_is_copied),
		cmocka_unit_test(copies_have_the_link_one_after_the_other),
		cmocka_unit_test(nothing_is_copied_before_there_is_room),
		cmocka_unit_test(what_is_lost_is_computed),
		cmocka_unit_test(what_is_copied_is_not_lost),
		cmocka_unit_test(
			who_leaves_while_it_is_copied_frees_its_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
