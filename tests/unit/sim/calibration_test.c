/* The engine's pace against measurements of a real one: a coding agent on
 * one L4 (Qwen3-4B FP8, room for 178,000 tokens). Every session shares
 * 10,000 tokens, has 12 turns of 1,000 new tokens and 75 generated ones,
 * and asks again at once; 300 s from a cold start, in virtual time. */
#include "tools/sim/engine.h"

#include "common/base/assert.h"
#include "common/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#define SHARED   10000
#define NEW      1000
#define ANSWER   75
#define TURNS    12
#define MAX_TTFT 4096

struct session {
	struct task task;
	uint32_t answer[ANSWER];
	struct token_history {
		uint32_t *id;
		size_t n;
	} history;
	int turn;
	double asked_s;
};

struct rig {
	struct hash_scheme scheme;
	struct cache *cache;
	struct engine *engine;
	struct session *session;
	size_t n;
	uint32_t next_id;
	double now_s;
	double ttft_s[MAX_TTFT];
	size_t n_ttft, n_done;
};

static const struct engine_model l4 = {
	.01873, 8.19e-5, 6.68e-9, 1e-4, 3.37e-7, .0063, 4096, 256,
};

static void on_token(void *arg, struct task *t)
{
	struct session *s = CONTAINER_OF(t, struct session, task);
	struct rig *r = arg;

	if (t->n_generated == 1 && r->n_ttft < MAX_TTFT)
		r->ttft_s[r->n_ttft++] = r->now_s - s->asked_s;
	r->n_done += t->state == TASK_DONE;
}

static const struct engine_sink sink = {on_token};

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

static const struct cache_sink ignore = {on_stored, on_removed, NULL};

static void ask(struct rig *r, struct session *s)
{
	size_t n = s->history.n;

	if (s->turn == 0)
		for (n = 0; n < SHARED; n++)
			s->history.id[n] = (uint32_t)n;
	for (size_t end = n + NEW; n < end; n++)
		s->history.id[n] = r->next_id++;
	s->history.n = n;
	for (int i = 0; i < ANSWER; i++)
		s->answer[i] = r->next_id++;
	s->task = (struct task){.output = s->answer, .n_output = ANSWER};
	seq_init(&s->task.seq, (struct hash_extra){0});
	seq_append(&s->task.seq, s->history.id, n);
	s->asked_s = r->now_s;
	engine_submit(r->engine, &s->task, r->now_s);
}

static void go_on(struct rig *r, struct session *s)
{
	for (int i = 0; i < ANSWER; i++)
		s->history.id[s->history.n++] = s->answer[i];
	seq_fini(&s->task.seq);
	s->turn = (s->turn + 1) % TURNS;
	ask(r, s);
}

static void run(struct rig *r, double until_s)
{
	double at_s;

	while (r->now_s < until_s) {
		enum engine_turn turn;

		turn = engine_begin(r->engine, r->now_s, &at_s);
		r->now_s = at_s;
		assert_int_not_equal(turn, ENGINE_IDLE);
		if (turn == ENGINE_WAIT)
			continue;
		engine_end(r->engine);
		for (size_t i = 0; i < r->n; i++)
			if (r->session[i].task.state == TASK_DONE)
				go_on(r, &r->session[i]);
	}
}

static void rig_init(struct rig *r, size_t n)
{
	size_t longest = SHARED + TURNS * (NEW + ANSWER);

	*r = (struct rig){.n = n, .next_id = SHARED};
	ASSERT(hash_scheme_init(&r->scheme, HASH_XXHASH_CBOR, SLICE("0"), 16) ==
	       OK);
	r->cache = cache_create(&r->scheme, 178000 / 16, &ignore, NULL);
	r->engine = engine_create(&l4, r->cache, &sink, r);
	r->session = mem_zalloc(n * sizeof(*r->session));
	for (size_t i = 0; i < n; i++) {
		r->session[i].history.id = mem_array(longest, 4);
		ask(r, &r->session[i]);
	}
}

static void rig_fini(struct rig *r)
{
	engine_destroy(&r->engine);
	for (size_t i = 0; i < r->n; i++) {
		seq_fini(&r->session[i].task.seq);
		mem_free(r->session[i].history.id);
	}
	mem_free(r->session);
	cache_destroy(&r->cache);
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void within(double got, double measured, double share)
{
	print_message("         %.2f, measured %.2f\n", got, measured);
	assert_true(got > measured * (1 - share));
	assert_true(got < measured * (1 + share));
}

/* Simulates so many sessions and compares with what was measured. */
static void compare(size_t n, double p50_s, double p95_s, double per_s)
{
	struct rig *r = mem_alloc(sizeof(*r));

	rig_init(r, n);
	run(r, 300);
	qsort(r->ttft_s, r->n_ttft, sizeof(double), by_value);
	within(r->ttft_s[r->n_ttft / 2], p50_s, .45);
	within(r->ttft_s[r->n_ttft * 95 / 100], p95_s, .25);
	within((double)r->n_done / r->now_s, per_s, .25);
	rig_fini(r);
	mem_free(r);
}

static void six_sessions_fit_with_room(void **state)
{
	(void)state;
	compare(6, 1.06, 1.43, 1.18);
}

static void twelve_sessions_just_fit(void **state)
{
	(void)state;
	compare(12, 1.25, 2.16, 1.36);
}

static void twenty_sessions_evict_each_other(void **state)
{
	(void)state;
	compare(20, 2.25, 25.5, .68);
}

static void forty_eight_sessions_wait_for_memory(void **state)
{
	(void)state;
	compare(48, 5.74, 40.5, .89);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(six_sessions_fit_with_room),
		cmocka_unit_test(twelve_sessions_just_fit),
		cmocka_unit_test(twenty_sessions_evict_each_other),
		cmocka_unit_test(forty_eight_sessions_wait_for_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
