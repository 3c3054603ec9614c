#include "tests/lab/gpu.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define BLOCK 16
#define MAX   64

struct bench {
	struct gpu gpu;
	struct task task[MAX];
	uint64_t key[MAX][512];
	double now_s, first_s[MAX], done_s[MAX];
	size_t n;
};

static const struct profile small = {
	.t0_s = .01,
	.b_s = 1e-4,
	.kv_tokens = 1600,
	.budget = 512,
	.max_seqs = 16,
	.load_s = .005,
	.load_token_s = 1e-6,
	.pull_s = .02,
	.pull_token_s = 1e-5,
	.store_s = .03,
	.store_token_s = 1e-5,
};

static void ignore(void *arg, uint64_t key)
{
	(void)arg;
	(void)key;
}

static void on_token(void *arg, struct task *t)
{
	struct bench *b = arg;
	size_t i = (size_t)(t - b->task);

	if (t->n_generated == 1)
		b->first_s[i] = b->now_s;
	if (t->state == TASK_DONE)
		b->done_s[i] = b->now_s;
}

static const struct gpu_events events = {
	{ignore, ignore}, {ignore, ignore}, on_token};

static void begin(struct bench *b, size_t host_tokens)
{
	*b = (struct bench){.n = 0};
	gpu_init(&b->gpu, 0, &small, BLOCK, 1, host_tokens, &events, b);
}

/* A prompt whose first `shared` tokens are those of text `name`. */
static struct task *add(struct bench *b, uint64_t name, uint32_t shared,
			uint32_t prompt, uint32_t output)
{
	struct task *t = &b->task[b->n];

	for (uint32_t i = 0; i < (prompt + output) / BLOCK; i++)
		b->key[b->n][i] = (i + 1) * BLOCK <= shared
					  ? name << 32 | (i + 1)
					  : (b->n + 1000) << 32 | (i + 1);
	*t = (struct task){.key = b->key[b->n],
			   .n_keys = (prompt + output) / BLOCK,
			   .n_prompt = prompt,
			   .n_output = output};
	list_init(&t->node);
	b->n++;
	return t;
}

static void run(struct bench *b)
{
	for (int i = 0; i < 100000; i++) {
		double at = gpu_begin(&b->gpu, b->now_s);

		if (at == INFINITY)
			return;
		b->now_s = at;
		if (b->gpu.in_step)
			gpu_end(&b->gpu);
	}
	fail_msg("it never ends");
}

static void a_prompt_takes_its_chunks_and_a_step_a_token(void **unused)
{
	struct bench b;

	(void)unused;
	begin(&b, 0);
	gpu_submit(&b.gpu, add(&b, 1, 0, 1000, 5), 0);
	run(&b);
	assert_true(fabs(b.first_s[0] - (2 * .01 + 1000 * 1e-4)) < 1e-9);
	assert_true(fabs(b.done_s[0] - b.first_s[0] - 4 * .01) < 1e-9);
	assert_int_equal(b.gpu.pool->n_free, b.gpu.pool->n);
	gpu_fini(&b.gpu);
}

static void a_prefix_seen_before_is_not_computed(void **unused)
{
	struct bench b;

	(void)unused;
	begin(&b, 0);
	gpu_submit(&b.gpu, add(&b, 1, 800, 900, 1), 0);
	run(&b);
	gpu_submit(&b.gpu, add(&b, 1, 800, 900, 1), b.now_s);
	run(&b);
	assert_int_equal(b.task[1].n_cached, 800);
	assert_int_equal(b.gpu.stats.computed, 900 + 100);
	gpu_fini(&b.gpu);
}

static void the_last_token_is_computed_in_any_case(void **unused)
{
	struct bench b;

	(void)unused;
	begin(&b, 0);
	gpu_submit(&b.gpu, add(&b, 1, 160, 160, 1), 0);
	run(&b);
	gpu_submit(&b.gpu, add(&b, 1, 160, 160, 1), b.now_s);
	run(&b);
	assert_int_equal(b.task[1].n_cached, 144);
	gpu_fini(&b.gpu);
}

static void the_youngest_gives_way_when_memory_ends(void **unused)
{
	struct bench b;

	(void)unused;
	begin(&b, 0);
	for (int i = 0; i < 3; i++)
		gpu_submit(&b.gpu, add(&b, 1, 0, 500, 100), 0);
	run(&b);
	assert_true(b.gpu.stats.preemptions > 0);
	assert_true(b.done_s[0] > 0 && b.done_s[0] < b.done_s[2]);
	assert_int_equal(b.gpu.pool->n_free, b.gpu.pool->n);
	gpu_fini(&b.gpu);
}

static void what_the_gpu_dropped_comes_back_from_the_host(void **unused)
{
	struct bench b;

	(void)unused;
	begin(&b, 16000);
	gpu_submit(&b.gpu, add(&b, 1, 1280, 1300, 1), 0);
	run(&b);
	gpu_submit(&b.gpu, add(&b, 2, 1280, 1300, 1), b.now_s);
	run(&b);
	gpu_submit(&b.gpu, add(&b, 1, 1280, 1300, 1), b.now_s);
	run(&b);
	assert_int_equal(b.task[2].n_cached + b.task[2].n_loaded, 1280);
	assert_true(b.task[2].n_loaded > 0);
	gpu_fini(&b.gpu);
}

static const struct pool_events unheard = {ignore, ignore};

static void what_one_has_stored_another_loads(void **unused)
{
	struct bench first, second;
	struct pool store;

	(void)unused;
	pool_init(&store, 200, &unheard, NULL);
	begin(&first, 0);
	begin(&second, 0);
	gpu_use_store(&first.gpu, &store);
	gpu_use_store(&second.gpu, &store);
	gpu_submit(&first.gpu, add(&first, 1, 704, 704, 1), 0);
	run(&first);
	gpu_submit(&second.gpu, add(&second, 1, 704, 704, 1), 0);
	run(&second);
	assert_int_equal(second.task[0].n_stored, 688);
	assert_int_equal(second.gpu.stats.computed, 16);
	assert_true(second.first_s[0] > small.store_s);
	gpu_fini(&first.gpu);
	gpu_fini(&second.gpu);
	pool_fini(&store);
}

static void what_a_store_has_dropped_is_computed(void **unused)
{
	struct bench b;
	struct pool store;

	(void)unused;
	pool_init(&store, 10, &unheard, NULL);
	begin(&b, 0);
	gpu_use_store(&b.gpu, &store);
	for (uint64_t name = 1; name < 4; name++) {
		gpu_submit(&b.gpu, add(&b, name, 1280, 1300, 1), b.now_s);
		run(&b);
	}
	gpu_submit(&b.gpu, add(&b, 1, 1280, 1300, 1), b.now_s);
	run(&b);
	assert_int_equal(b.task[3].n_stored, 0);
	assert_int_equal(b.gpu.stats.computed, 4 * 1300);
	gpu_fini(&b.gpu);
	pool_fini(&store);
}

static void a_peer_gives_what_it_still_has(void **unused)
{
	struct bench giver, b;
	struct task *t;

	(void)unused;
	begin(&giver, 0);
	gpu_submit(&giver.gpu, add(&giver, 1, 640, 700, 1), 0);
	run(&giver);
	begin(&b, 0);
	t = add(&b, 1, 1280, 1300, 1);
	t->source = &giver.gpu;
	t->fetch_blocks = 80;
	gpu_submit(&b.gpu, t, 0);
	run(&b);
	assert_int_equal(t->n_fetched, 640);
	assert_int_equal(b.gpu.stats.computed, 660);
	gpu_fini(&b.gpu);
	gpu_fini(&giver.gpu);
}

static void others_go_on_while_one_fetches(void **unused)
{
	struct bench giver, b;
	struct task *t;

	(void)unused;
	begin(&giver, 0);
	gpu_submit(&giver.gpu, add(&giver, 1, 640, 700, 1), 0);
	run(&giver);
	begin(&b, 0);
	t = add(&b, 1, 640, 700, 1);
	t->source = &giver.gpu;
	t->fetch_blocks = 40;
	gpu_submit(&b.gpu, t, 0);
	gpu_submit(&b.gpu, add(&b, 9, 0, 50, 1), 0);
	run(&b);
	assert_true(b.first_s[1] < b.first_s[0]);
	gpu_fini(&b.gpu);
	gpu_fini(&giver.gpu);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_prompt_takes_its_chunks_and_a_step_a_token),
		cmocka_unit_test(a_prefix_seen_before_is_not_computed),
		cmocka_unit_test(the_last_token_is_computed_in_any_case),
		cmocka_unit_test(the_youngest_gives_way_when_memory_ends),
		cmocka_unit_test(what_the_gpu_dropped_comes_back_from_the_host),
		cmocka_unit_test(a_peer_gives_what_it_still_has),
		cmocka_unit_test(what_one_has_stored_another_loads),
		cmocka_unit_test(what_a_store_has_dropped_is_computed),
		cmocka_unit_test(others_go_on_while_one_fetches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
