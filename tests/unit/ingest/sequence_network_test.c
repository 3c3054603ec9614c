/* A publisher, a lossy network, and the machine between them: whatever
 * happens, what the index reflects is one life without a hole. */
#include "router/ingest/sequence.h"

#include "common/base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define LOG   4096
#define QUEUE 512

struct net {
	struct rng rng;
	struct sequence s;
	uint64_t life, published, buffer; /* of the engine's life */
	uint64_t live[QUEUE], held[QUEUE];
	size_t n_live, n_held;
	uint64_t replay_at, replay_to; /* under way; at > to: none */
	uint64_t replay_life;
	bool replaying, up;
	uint64_t have_life, have_from, have_to; /* what the index reflects */
	uint64_t now;
};

static uint64_t mark_of(uint64_t life, uint64_t seq)
{
	return (life << 32) + seq;
}

static void put(uint64_t *queue, size_t *n, uint64_t mark)
{
	assert_true(*n < QUEUE);
	queue[(*n)++] = mark;
}

static uint64_t take_first(uint64_t *queue, size_t *n)
{
	uint64_t first = queue[0];

	memmove(queue, queue + 1, --*n * sizeof(*queue));
	return first;
}

static void carry_out(struct net *t, struct sequence_step st, uint64_t mark);

static void release(struct net *t)
{
	size_t n = t->n_held;

	for (size_t i = 0; i < n; i++) {
		uint64_t mark = take_first(t->held, &t->n_held);
		struct sequence_step st = sequence_held(
			&t->s, mark & UINT32_MAX, mark, t->now);

		if (st.batch == SEQUENCE_HOLD) {
			st.batch = SEQUENCE_DROP;
			memmove(t->held + 1, t->held,
				t->n_held++ * sizeof(*t->held));
			t->held[0] = mark;
			carry_out(t, st, mark);
			return;
		}
		carry_out(t, st, mark);
	}
}

static void carry_out(struct net *t, struct sequence_step st, uint64_t mark)
{
	if (st.discard)
		t->n_held = 0;
	if (st.clear)
		t->have_life = t->have_from = t->have_to = 0;
	if (st.ask && rng_below(&t->rng, 4) == 0) {
		t->replaying = false; /* others are asking */
		sequence_postpone(&t->s, t->now);
	} else if (st.ask) {
		t->replaying = true;
		t->replay_life = t->life;
		t->replay_to = t->published;
		t->replay_at = t->published > t->buffer
				       ? t->published - t->buffer
				       : 0;
		if (st.from > t->replay_at)
			t->replay_at = st.from;
	}
	if (st.batch == SEQUENCE_HOLD)
		put(t->held, &t->n_held, mark);
	if (st.batch == SEQUENCE_APPLY) {
		uint64_t seq = mark & UINT32_MAX;

		if (t->have_life == 0) {
			t->have_life = mark >> 32;
			t->have_from = t->have_to = seq;
		}
		/* The promise: one life, no hole, no repetition. */
		assert_int_equal(t->have_life, mark >> 32);
		assert_int_equal(t->have_to, seq);
		t->have_to = seq + 1;
	}
	if (st.release)
		release(t);
}

static void publish(struct net *t)
{
	uint64_t seq = t->published++;

	if (t->up && t->n_live < QUEUE / 4)
		put(t->live, &t->n_live, mark_of(t->life, seq));
}

static void engine_restart(struct net *t)
{
	t->life++;
	t->published = 0;
	t->up = false;
	t->replaying = false;
	sequence_lost(&t->s);
}

static void deliver_live(struct net *t)
{
	uint64_t mark;

	if (t->n_live == 0)
		return;
	mark = take_first(t->live, &t->n_live);
	carry_out(t, sequence_live(&t->s, mark & UINT32_MAX, mark, t->now),
		  mark);
	if (t->n_held > QUEUE / 2)
		carry_out(t, sequence_overflow(&t->s), 0);
}

static void deliver_replay(struct net *t, bool lossy)
{
	uint64_t mark;

	if (!t->replaying)
		return;
	if (t->replay_at >= t->replay_to) {
		t->replaying = false;
		if (!lossy || rng_below(&t->rng, 4) != 0)
			carry_out(t, sequence_end(&t->s, t->now), 0);
		return;
	}
	mark = mark_of(t->replay_life, t->replay_at++);
	if (lossy && rng_below(&t->rng, 20) == 0)
		return;
	carry_out(t, sequence_replayed(&t->s, mark & UINT32_MAX, mark, t->now),
		  mark);
}

static void happen(struct net *t, bool lossy)
{
	t->now += 10 + rng_below(&t->rng, 50);
	carry_out(t, sequence_tick(&t->s, t->now), 0);
	if (!t->up && rng_below(&t->rng, 5) == 0) {
		t->up = true;
		t->n_live = 0;
		carry_out(t, sequence_connected(&t->s, t->now), 0);
	}
	if (rng_below(&t->rng, 2) == 0)
		publish(t);
	for (size_t i = rng_below(&t->rng, 4); i > 0; i--)
		deliver_live(t);
	for (size_t i = rng_below(&t->rng, 8); i > 0; i--)
		deliver_replay(t, lossy);
	if (!lossy)
		return;
	if (t->n_live > 0 && rng_below(&t->rng, 40) == 0)
		(void)take_first(t->live, &t->n_live);
	if (rng_below(&t->rng, 400) == 0)
		engine_restart(t);
	if (t->up && rng_below(&t->rng, 300) == 0) {
		t->up = false;
		t->replaying = false;
		sequence_lost(&t->s);
	}
	if (rng_below(&t->rng, 500) == 0)
		carry_out(t, sequence_resync(&t->s, t->now), 0);
}

static void whatever_happens_the_index_ends_up_true(void **unused)
{
	(void)unused;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		struct net t = {.life = 1, .buffer = 100 + seed % 400};

		rng_seed(&t.rng, seed);
		sequence_init(&t.s, true);
		for (size_t i = 0; i < 3000; i++)
			happen(&t, true);
		for (size_t i = 0; i < 3000; i++)
			happen(&t, false);
		while (t.n_live > 0)
			deliver_live(&t);
		assert_int_equal(t.s.state, SEQUENCE_LIVE);
		assert_int_equal(t.have_life, t.life);
		assert_int_equal(t.have_to, t.published);
		if (t.s.whole)
			assert_int_equal(t.have_from, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_happens_the_index_ends_up_true),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
