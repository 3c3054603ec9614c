/* A pool by itself, and the engine with one. */
#include "tools/sim/engine.h"

#include "common/base/assert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#define BLOCK 4

static const struct engine_model model = {
	.t0_s = 0.010, .b_s = 0.001, .budget = 16, .max_seqs = 4};
static const struct host_link wire = {.load_s = 0.050, .token_s = 0.001};
static const struct host_link near = {.load_s = 0.010, .token_s = 0.0005};
static const uint32_t answer[] = {901};

/* Two engines on one directory; the first has a host tier, too. */
struct rig {
	char directory[64];
	struct hash_scheme scheme;
	struct cache *cache[2];
	struct pool *pool[2];
	struct host *host;
	struct engine *engine[2];
	double now_s;
	size_t stored, runs;
	bool last_had_parent;
};

static void on_pooled(void *arg, const struct cache_run *run)
{
	struct rig *r = arg;

	r->runs++;
	r->stored += run->n_blocks;
	r->last_had_parent = run->parent != NULL;
}

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
	(void)arg;
	(void)t;
}

static const struct cache_sink cache_sink = {on_stored, on_removed, on_cleared};
static const struct host_sink host_sink = {on_stored, on_removed};
static const struct engine_sink sink = {.token = on_token};

static void add_engine(struct rig *r, size_t i)
{
	struct error err;

	r->cache[i] = cache_create(&r->scheme, 20, &cache_sink, r);
	r->engine[i] = engine_create(&model, r->cache[i], &sink, r);
	r->pool[i] = pool_open(r->directory, &r->scheme, &wire, on_pooled, r,
			       &err);
	assert_non_null(r->pool[i]);
	engine_use_pool(r->engine[i], r->pool[i]);
}

static int set_up(void **state)
{
	static struct rig r;

	r = (struct rig){.directory = "/tmp/warmpath-pool-XXXXXX"};
	assert_non_null(mkdtemp(r.directory));
	ASSERT(hash_scheme_init(&r.scheme, HASH_SHA256_CBOR, SLICE("0"),
				BLOCK) == OK);
	add_engine(&r, 0);
	add_engine(&r, 1);
	r.host = host_create(&r.scheme, 100, &near, &host_sink, &r);
	engine_use_host(r.engine[0], r.host);
	*state = &r;
	return 0;
}

/* As somebody may who tells nobody. */
static void delete_all(struct rig *r)
{
	DIR *d = opendir(r->directory);
	struct dirent *e;

	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			assert_int_equal(unlinkat(dirfd(d), e->d_name, 0), 0);
	closedir(d);
}

static int tear_down(void **state)
{
	struct rig *r = *state;

	for (size_t i = 0; i < 2; i++) {
		engine_destroy(&r->engine[i]);
		cache_destroy(&r->cache[i]);
		pool_close(&r->pool[i]);
	}
	host_destroy(&r->host);
	delete_all(r);
	return rmdir(r->directory);
}

static void prompt(struct seq *s, uint32_t first, size_t n)
{
	seq_init(s, (struct hash_extra){0});
	for (size_t i = 0; i < n; i++) {
		uint32_t t = first + (uint32_t)i;

		seq_append(s, &t, 1);
	}
}

/* Served by engine i alone, whose GPU forgets it then. */
static struct task serve(struct rig *r, size_t i, size_t n)
{
	struct task t = {.output = answer, .n_output = 1, .n_prompt = n};
	enum engine_turn turn;
	double at_s;

	prompt(&t.seq, 1, n);
	engine_submit(r->engine[i], &t, r->now_s);
	while ((turn = engine_begin(r->engine[i], r->now_s, &at_s)) !=
	       ENGINE_IDLE) {
		r->now_s = at_s;
		if (turn == ENGINE_STEP)
			engine_end(r->engine[i]);
	}
	assert_int_equal(t.state, TASK_DONE);
	seq_fini(&t.seq);
	assert_true(cache_reset(r->cache[i]));
	return t;
}

static void what_one_computes_another_loads(void **state)
{
	struct rig *r = *state;
	struct task t = serve(r, 0, 16);

	assert_int_equal(t.n_pooled, 0);
	assert_int_equal(r->stored, 4);
	assert_int_equal(r->runs, 1);
	t = serve(r, 1, 16);
	assert_int_equal(t.n_cached, 12);
	assert_int_equal(t.n_pooled, 12);
	/* 62 ms to load, then a step with the last block. */
	assert_true(fabs(t.first_s - t.submitted_s - .076) < 1e-9);
	/* Nothing is told again of what was there. */
	assert_int_equal(r->stored, 4);
}

static void the_host_tier_goes_before_the_pool(void **state)
{
	struct rig *r = *state;
	struct task t;

	(void)serve(r, 0, 9);
	(void)serve(r, 1, 17);
	t = serve(r, 0, 17);
	assert_int_equal(t.n_loaded, 16);
	assert_int_equal(t.n_pooled, 8);
	/* 14 ms and 58 ms to load one after the other, then a step. */
	assert_true(fabs(t.first_s - t.submitted_s - .083) < 1e-9);
	t = serve(r, 0, 17);
	assert_int_equal(t.n_pooled, 0);
}

static void what_was_deleted_is_computed_and_put_there_again(void **state)
{
	struct rig *r = *state;
	struct task t;

	(void)serve(r, 0, 16);
	delete_all(r);
	t = serve(r, 1, 16);
	assert_int_equal(t.n_cached, 0);
	assert_int_equal(r->stored, 8);
	assert_int_equal(serve(r, 1, 16).n_pooled, 12);
}

static void a_run_is_told_with_what_it_goes_on_from(void **state)
{
	struct rig *r = *state;
	struct seq s;

	prompt(&s, 1, 20);
	pool_put(r->pool[0], &s, 9);
	assert_int_equal(r->stored, 2);
	assert_false(r->last_had_parent);
	pool_put(r->pool[1], &s, 20);
	assert_int_equal(r->stored, 5);
	assert_true(r->last_had_parent);
	assert_int_equal(pool_match(r->pool[0], &s, 0), 16);
	assert_int_equal(pool_match(r->pool[0], &s, 8), 16);
	seq_fini(&s);
}

static void the_last_token_and_what_is_not_there_are_not_found(void **state)
{
	struct rig *r = *state;
	struct seq s, other;

	prompt(&s, 1, 16);
	prompt(&other, 2, 16);
	pool_put(r->pool[0], &s, 16);
	assert_int_equal(pool_match(r->pool[1], &s, 0), 12);
	assert_int_equal(pool_match(r->pool[1], &s, 12), 12);
	assert_int_equal(pool_match(r->pool[1], &other, 0), 0);
	seq_fini(&s);
	seq_fini(&other);
}

static void a_directory_that_is_not_there_is_refused(void **state)
{
	struct rig *r = *state;
	struct error err;

	assert_null(pool_open("/nonexistent/store", &r->scheme, &wire,
			      on_pooled, r, &err));
	assert_int_equal(err.status, ERR_IO);
	assert_null(
		pool_open("/dev/null", &r->scheme, &wire, on_pooled, r, &err));
}

static void loads_come_one_after_the_other(void **state)
{
	struct rig *r = *state;

	assert_true(fabs(pool_load(r->pool[0], 5, 100) - 5.15) < 1e-9);
	assert_true(fabs(pool_load(r->pool[0], 5, 100) - 5.30) < 1e-9);
	assert_true(fabs(pool_load(r->pool[0], 9, 0) - 9.05) < 1e-9);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_one_computes_another_loads),
		TEST(the_host_tier_goes_before_the_pool),
		TEST(what_was_deleted_is_computed_and_put_there_again),
		TEST(a_run_is_told_with_what_it_goes_on_from),
		TEST(the_last_token_and_what_is_not_there_are_not_found),
		TEST(a_directory_that_is_not_there_is_refused),
		TEST(loads_come_one_after_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
