/* Admission by KV memory: what it adds to a decision. A request of 2,048
 * blocks asks workers whose memory a hundred sessions hold: first all of
 * them have room, then none has, so that its session is looked for at each;
 * then it comes and goes at one of them.
 *
 * Thread CPU time, medians. One line each: name, value, unit, goal,
 * moonshot, note, with tabs between. */
#include "common/base/mem.h"
#include "common/base/rng.h"
#include "router/fleet/kv_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define WORKERS  128
#define SESSIONS 100
#define BLOCKS   2048
#define BLOCK    16
#define EACH     30000 /* tokens of a session */
#define ROUNDS   31
#define REPEATS  20

struct bench {
	struct kv_memory *worker;
	uint64_t key[BLOCKS];
	struct rng rng;
	size_t n_fit;
};

static double cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void draw_prompt(struct bench *b)
{
	for (size_t i = 0; i < BLOCKS; i++)
		b->key[i] = rng_next(&b->rng);
}

static struct residents_ask ask_of(const struct bench *b)
{
	return (struct residents_ask){
		.class = RESIDENTS_DEFAULT,
		.prompt = BLOCKS * BLOCK,
		.key = b->key,
		.n = BLOCKS,
		.block_size = BLOCK,
		.now_ms = 1000,
	};
}

/* Every other session is between two turns. */
static void fill(struct bench *b, struct kv_memory *m, double tokens)
{
	kv_memory_told(m, (uint64_t)tokens, 0);
	for (size_t i = 0; i < SESSIONS; i++) {
		struct residents_seat seat;
		struct residents_ask a;

		draw_prompt(b);
		a = ask_of(b);
		a.prompt = EACH;
		if (kv_memory_take(m, &a, &seat) && i % 2 == 0)
			kv_memory_give_back(m, &seat, EACH, 1000);
	}
}

static void begin(struct bench *b, double tokens)
{
	b->worker = mem_array(WORKERS, sizeof(*b->worker));
	for (size_t i = 0; i < WORKERS; i++) {
		kv_memory_init(&b->worker[i]);
		fill(b, &b->worker[i], tokens);
	}
}

static void end(struct bench *b)
{
	for (size_t i = 0; i < WORKERS; i++)
		kv_memory_fini(&b->worker[i]);
	mem_free(b->worker);
}

static double time_looks(struct bench *b)
{
	double start = cpu_us();

	for (int k = 0; k < REPEATS; k++) {
		struct residents_ask a = ask_of(b);

		for (size_t i = 0; i < WORKERS; i++)
			b->n_fit += kv_memory_look(&b->worker[i], &a, false) !=
				    KV_MEMORY_NONE;
	}
	return (cpu_us() - start) / REPEATS;
}

static double time_turn(struct bench *b)
{
	struct residents_ask a = ask_of(b);
	struct residents_seat seat;
	double start = cpu_us();

	if (kv_memory_take(&b->worker[0], &a, &seat))
		kv_memory_give_back(&b->worker[0], &seat, BLOCKS * BLOCK, 1000);
	return cpu_us() - start;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void measure(struct bench *b, const char *what,
		    double (*time)(struct bench *b), const char *note)
{
	double us[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		draw_prompt(b);
		us[i] = time(b);
	}
	qsort(us, ROUNDS, sizeof(*us), by_value);
	printf("admission: %s\t%.4g\tus\t-\t-\t%s\n", what, us[ROUNDS / 2],
	       note);
}

int main(void)
{
	struct bench b = {0};

	rng_seed(&b.rng, 1);
	begin(&b, 2.0 * SESSIONS * EACH);
	measure(&b, "128 workers with room", time_looks, "a decision's part");
	measure(&b, "a turn comes and goes", time_turn, "among 100 sessions");
	end(&b);
	begin(&b, 1.03 * SESSIONS * EACH);
	measure(&b, "128 workers without", time_looks, "a decision's part");
	end(&b);
	return b.n_fit == 0;
}
