/* What a prefix lookup costs against probing block by block, and what a
 * block takes of memory.
 *
 * Prompts of 2,048 blocks whose first 95 % one worker holds; all holders
 * together hold a common start of 128 blocks. "apart" is the hard case:
 * each holder holds a length of its own. Each round times both ways, on
 * prompts of their own, one directly after the other; a ratio is the
 * median of the rounds'. One line each: name, value, unit, goal, moonshot,
 * note, with tabs between. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/rng.h"
#include "router/index/state.h"

#define PROMPT  2048
#define HELD    1945
#define COMMON  128
#define WORKERS 64
#define ROUNDS  51
#define CALLS   8 /* of each way in a round */
#define SAMPLES 20000

struct fleet {
	struct index *ix;
	struct index_reader *reader;
	unsigned worker[WORKERS];
	size_t n_chains;
	unsigned holders;
	bool apart;
	struct rng rng;
};

static void chain_keys(size_t chain, uint64_t key[PROMPT])
{
	for (uint64_t i = 0; i < PROMPT; i++) {
		uint64_t x = (uint64_t)chain * PROMPT + i + 1;

		/* As evenly spread as an engine's hashes. */
		x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
		x = (x ^ x >> 27) * 0x94d049bb133111eb;
		key[i] = x ^ x >> 31;
	}
}

/* Blocks of `chain` that its j-th holder has. */
static size_t held_by(const struct fleet *f, unsigned j)
{
	if (j == 0)
		return HELD;
	return f->apart ? HELD - HELD * j / f->holders : COMMON;
}

static unsigned holder(size_t chain, unsigned j)
{
	return (unsigned)(chain * 7 + j) % WORKERS;
}

static void fill(struct fleet *f, size_t entries)
{
	uint64_t key[PROMPT];

	f->ix = index_create((size_t)2 << 30);
	f->reader = index_reader_create(f->ix);
	f->n_chains = entries / HELD;
	for (unsigned w = 0; w < WORKERS; w++)
		f->worker[w] = w;
	for (size_t c = 0; c < f->n_chains; c++) {
		chain_keys(c, key);
		for (unsigned j = 0; j < f->holders; j++)
			index_store_run(f->ix, key, held_by(f, j), holder(c, j),
					INDEX_GPU);
	}
}

static void empty(struct fleet *f)
{
	index_reader_destroy(&f->reader);
	index_destroy(&f->ix);
}

/* The same answer, block by block. */
static void linear(const struct fleet *f, const uint64_t *key,
		   uint32_t (*blocks)[INDEX_TIERS])
{
	const struct plane *p = f->ix->plane[0];
	uint64_t left = UINT64_MAX;
	uint32_t i;

	for (i = 0; i < PROMPT && left != 0; i++) {
		uint64_t now = left & plane_mask(p, state_hash(f->ix, key[i]));
		uint64_t lost = left & ~now;

		for (; lost != 0; lost &= lost - 1)
			blocks[__builtin_ctzll(lost)][0] = i;
		left = now;
	}
	for (; left != 0; left &= left - 1)
		blocks[__builtin_ctzll(left)][0] = i;
}

static size_t next_prompt(struct fleet *f, uint64_t key[PROMPT])
{
	size_t c = rng_below(&f->rng, f->n_chains);

	chain_keys(c, key);
	return c;
}

static void check(const struct fleet *f, size_t c,
		  uint32_t (*blocks)[INDEX_TIERS])
{
	for (unsigned j = 0; j < f->holders; j++)
		if (blocks[holder(c, j)][0] != held_by(f, j))
			abort();
}

static double one_call(struct fleet *f, bool ours)
{
	uint32_t blocks[WORKERS][INDEX_TIERS];
	uint64_t key[PROMPT], start;
	size_t c = next_prompt(f, key);
	double ns;

	start = clock_ns();
	if (ours)
		index_match(f->reader, key, PROMPT, f->worker, WORKERS, blocks);
	else
		linear(f, key, blocks);
	ns = (double)(clock_ns() - start);
	check(f, c, blocks);
	return ns;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double at_rank(double *value, size_t n, double rank)
{
	qsort(value, n, sizeof(*value), by_value);
	return value[(size_t)((double)(n - 1) * rank)];
}

static void time_lookups(struct fleet *f, const char *name, const char *size)
{
	static double sample[SAMPLES];
	double ratio[ROUNDS], theirs_us[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		double ours[CALLS], theirs[CALLS];

		for (int j = 0; j < CALLS; j++) {
			theirs[j] = one_call(f, false);
			ours[j] = one_call(f, true);
		}
		theirs_us[i] = at_rank(theirs, CALLS, 0.5) / 1e3;
		ratio[i] = at_rank(ours, CALLS, 0.5) / theirs_us[i] / 1e3;
	}
	printf("index-lookup-%s-%s\t%.4f\tratio\t0.10\t0.03\t"
	       "2,048 blocks / block by block, which takes %.1f us\n",
	       size, name, at_rank(ratio, ROUNDS, 0.5),
	       at_rank(theirs_us, ROUNDS, 0.5));
	for (int i = 0; i < SAMPLES; i++)
		sample[i] = one_call(f, true) / 1e3;
	printf("index-lookup-%s-%s-p50\t%.2f\tus\t-\t2\tthe clock's 0.05 us "
	       "included\n",
	       size, name, at_rank(sample, SAMPLES, 0.5));
	printf("index-lookup-%s-%s-p99\t%.2f\tus\t-\t10\t\n", size, name,
	       at_rank(sample, SAMPLES, 0.99));
}

static void bench_lookups(size_t entries, const char *size)
{
	static const struct {
		const char *name;
		unsigned holders;
		bool apart;
	} cases[] = {
		{"1-holder", 1, false},         {"8-holders", 8, false},
		{"64-holders", 64, false},      {"8-holders-apart", 8, true},
		{"64-holders-apart", 64, true},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fleet f = {.holders = cases[i].holders,
				  .apart = cases[i].apart};

		rng_seed(&f.rng, 1);
		fill(&f, entries);
		time_lookups(&f, cases[i].name, size);
		empty(&f);
	}
}

/* Of this thread; the machine may be busy with others. */
static uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* What a clear leaves to be done later. */
static void time_sweep(struct index *ix)
{
	uint64_t start, ns, all = 0, longest = 0;
	bool more = true;

	while (more) {
		start = cpu_ns();
		more = index_sweep(ix);
		ns = cpu_ns() - start;
		all += ns;
		longest = ns > longest ? ns : longest;
	}
	printf("index-sweep\t%.1f\tms\t-\t-\tafter that, in pieces of "
	       "%.0f us at most\n",
	       (double)all / 1e6, (double)longest / 1e3);
}

/* Memory per block at every fill from one million blocks on, and what a
 * store costs while the table grows. */
static void bench_growth(void)
{
	struct index *ix = index_create((size_t)2 << 30);
	uint64_t key[PROMPT], ns = 0, start;
	double most = 0, now = 0;
	size_t chains = 10000000 / PROMPT;
	struct index_stats s;

	for (size_t c = 0; c < chains; c++) {
		chain_keys(c, key);
		start = cpu_ns();
		for (size_t i = 0; i < PROMPT; i += 64)
			index_store_run(ix, key + i, 64, c % WORKERS,
					INDEX_GPU);
		ns += cpu_ns() - start;
		index_stats(ix, &s);
		now = (double)s.bytes / (double)s.entries;
		if (s.entries >= 1000000 && now > most)
			most = now;
	}
	printf("index-bytes-per-block-worst\t%.2f\tB\t27\t12\t"
	       "at any fill from 1M to 10M blocks\n",
	       most);
	printf("index-bytes-per-block-10m\t%.2f\tB\t27\t12\t\n", now);
	printf("index-store\t%.1f\tns\t200\t100\t"
	       "per block, in runs of 64, growth to 10M included\n",
	       (double)ns / (double)(chains * PROMPT));
	start = cpu_ns();
	index_clear(ix, 3, INDEX_GPU);
	printf("index-clear\t%.1f\tus\t-\t-\tone worker of 64 out of 10M "
	       "blocks\n",
	       (double)(cpu_ns() - start) / 1e3);
	time_sweep(ix);
	index_destroy(&ix);
}

int main(int argc, char **argv)
{
	(void)argv;
	bench_growth();
	if (argc > 1)
		return 0;
	bench_lookups(1000000, "1m");
	bench_lookups(10000000, "10m");
	return 0;
}
