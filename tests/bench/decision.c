/* A whole decision: token ids → chain → match → policy, for prompts of
 * 1k, 8k and 64k tokens over eight workers, cold (nothing of the prompt is
 * known) and warm (a turn of 600 tokens is new, the rest was seen).
 *
 * Thread CPU time, medians; the ratios are to hashing the same prompt
 * plainly in the same round. One line each: name, value, unit, goal,
 * moonshot, note, with tabs between. */
#include "common/base/arena.h"
#include "common/base/mem.h"
#include "common/hash/memo.h"
#include "router/index/index.h"
#include "router/policy/learn.h"
#include "router/policy/price.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define WORKERS 8
#define BLOCK   16
#define ROUNDS  31
#define TURN    600

struct bench {
	struct hash_scheme engine, tokens;
	struct index *exact, *approx;
	struct index_reader *by_engine, *by_tokens;
	struct memo *memo;
	struct policy_state state;
	struct rng rng;
	unsigned worker[WORKERS];
	uint32_t *token;
	size_t n;
	int chosen;
};

static double cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void draw_tokens(struct bench *b, size_t from)
{
	for (size_t i = from; i < b->n; i++)
		b->token[i] = (uint32_t)rng_below(&b->rng, 150000);
}

/* One worker holds what came before. */
static void announce(struct bench *b, size_t n)
{
	const struct hash_extra none = {{NULL, 0}, {NULL, 0}};
	unsigned holder = (unsigned)rng_below(&b->rng, WORKERS);
	struct arena arena;
	struct chain c;

	arena_init(&arena);
	if (memo_chain(b->memo, &b->engine, b->token, n, &none, n, &arena,
		       &c) != OK)
		abort();
	for (size_t i = 0; i < c.n; i++)
		index_store(b->exact, c.key[i], holder, INDEX_GPU);
	arena_fini(&arena);
}

static void choose(struct bench *b, uint32_t (*held)[INDEX_TIERS],
		   uint32_t (*routed)[INDEX_TIERS])
{
	struct policy_candidate c[WORKERS] = {0};
	struct policy_term term[WORKERS];
	struct policy_decision decision;
	const struct policy *p = policy_find(SLICE("kv_aware"));
	const struct policy_options o = {.load_weight = 1};
	const struct policy_query q = {
		.candidate = c,
		.n = WORKERS,
		.prompt_tokens = b->n,
		.prompt_blocks = (b->n - 1) / BLOCK,
		.block_size = BLOCK,
	};

	for (unsigned i = 0; i < WORKERS; i++) {
		c[i].worker = i;
		c[i].exact = true;
		c[i].held_blocks = held[i][INDEX_GPU];
		c[i].approx_blocks = routed[i][INDEX_GPU];
		c[i].inflight = i;
	}
	p->decide(&o, &q, &b->state, term, &decision);
	b->chosen = decision.chosen;
}

static void decide(struct bench *b)
{
	const struct hash_extra none = {{NULL, 0}, {NULL, 0}};
	uint32_t held[WORKERS][INDEX_TIERS], routed[WORKERS][INDEX_TIERS];
	struct chain engine, tokens;
	struct arena arena;

	arena_init(&arena);
	if (chain_hash(&b->tokens, b->token, b->n, &none, b->n, &arena,
		       &tokens) != OK ||
	    memo_chain(b->memo, &b->engine, b->token, b->n, &none, b->n, &arena,
		       &engine) != OK)
		abort();
	index_match(b->by_engine, engine.key, engine.n, b->worker, WORKERS,
		    held);
	index_match(b->by_tokens, tokens.key, tokens.n, b->worker, WORKERS,
		    routed);
	choose(b, held, routed);
	arena_fini(&arena);
}

static double time_plain(struct bench *b)
{
	const struct hash_extra none = {{NULL, 0}, {NULL, 0}};
	struct arena arena;
	struct chain c;
	double start;

	arena_init(&arena);
	start = cpu_us();
	if (chain_hash(&b->engine, b->token, b->n, &none, b->n, &arena, &c) !=
	    OK)
		abort();
	start = cpu_us() - start;
	arena_fini(&arena);
	return start;
}

static double time_decision(struct bench *b)
{
	double start = cpu_us();

	decide(b);
	return cpu_us() - start;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double value[ROUNDS])
{
	qsort(value, ROUNDS, sizeof(*value), by_value);
	return value[ROUNDS / 2];
}

static void tell(const char *size, const char *how, double us[ROUNDS],
		 double ratio[ROUNDS])
{
	printf("decision of %s tokens, %s\t%.4g\tus\t-\t-\tids to worker\n",
	       size, how, median(us));
	printf("decision of %s tokens, %s / plain chain\t%.4g\tratio\t-\t-\t"
	       "sha256_cbor\n",
	       size, how, median(ratio));
}

static void measure(struct bench *b, const char *size, size_t n)
{
	double cold[ROUNDS], cold_ratio[ROUNDS], warm[ROUNDS],
		warm_ratio[ROUNDS], plain;

	b->n = n;
	for (int i = 0; i < ROUNDS; i++) {
		draw_tokens(b, 0);
		plain = time_plain(b);
		cold[i] = time_decision(b);
		cold_ratio[i] = cold[i] / plain;
		announce(b, n);
		draw_tokens(b, n - TURN);
		warm[i] = time_decision(b);
		warm_ratio[i] = warm[i] / plain;
	}
	tell(size, "cold", cold, cold_ratio);
	tell(size, "warm", warm, warm_ratio);
}

/* The price in ms alone: many workers, half of which hold a part of a
 * prompt of 2,048 blocks and may give it to the others. */
#define MANY        1024
#define MANY_BLOCKS 2048
#define REPEATS     50

static void draw_candidates(struct bench *b, struct policy_candidate *c,
			    size_t n)
{
	for (size_t i = 0; i < n; i++)
		c[i] = (struct policy_candidate){
			.worker = (unsigned)i,
			.exact = true,
			.follows = true,
			.gives = true,
			.fetches = true,
			.kv_tokens = 300000,
			.live_tokens = rng_below(&b->rng, 280000),
			.inflight = (uint32_t)rng_below(&b->rng, 40),
			.held_blocks = (uint32_t)rng_below(&b->rng, 2) *
				       (uint32_t)rng_below(&b->rng, 2048),
			.reuse = .3,
		};
}

static double time_cost(struct bench *b, const struct policy_query *q,
			struct policy_term *term)
{
	static const struct policy_options o = {.load_weight = 1};
	const struct policy *p = policy_find(SLICE("cost"));
	struct policy_decision d;
	double start = cpu_us();

	for (int i = 0; i < REPEATS; i++)
		p->decide(&o, q, &b->state, term, &d);
	b->chosen = d.chosen;
	return (cpu_us() - start) / REPEATS;
}

static void measure_cost(struct bench *b, size_t n, const char *goal)
{
	static struct policy_candidate c[MANY];
	static struct policy_term term[MANY];
	const struct policy_query q = {
		.candidate = c,
		.n = n,
		.prompt_tokens = MANY_BLOCKS * BLOCK + 1,
		.prompt_blocks = MANY_BLOCKS,
		.block_size = BLOCK,
		.output_tokens = 200,
	};
	double us[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		draw_candidates(b, c, n);
		us[i] = time_cost(b, &q, term);
	}
	printf("price in ms of %zu workers\t%.4g\tus\t%s\t-\t2,048 blocks\n", n,
	       median(us), goal);
}

/* An observation of a worker's pace, with a full window behind it. */
static void measure_learning(struct bench *b)
{
	static struct learn l;
	double us[ROUNDS];

	learn_init(&l, &price_usual);
	for (int i = 0; i < ROUNDS; i++) {
		double start = cpu_us();

		for (int k = 0; k < REPEATS; k++) {
			double n = 1 + (double)rng_below(&b->rng, 9000);

			learn_prefill(&l, n, n, 0, true, n / 20 + 10);
		}
		us[i] = (cpu_us() - start) / REPEATS;
	}
	printf("learning from a request\t%.4g\tus\t-\t-\t%zu bytes a "
	       "worker\n",
	       median(us), sizeof(l));
}

int main(void)
{
	struct bench b = {0};

	rng_seed(&b.rng, 1);
	policy_state_init(&b.state, 1);
	if (hash_scheme_init(&b.engine, HASH_SHA256_CBOR, SLICE("0"), BLOCK) !=
		    OK ||
	    hash_scheme_init(&b.tokens, HASH_TOKENS, SLICE(""), BLOCK) != OK)
		return 1;
	b.exact = index_create((size_t)64 << 20);
	b.approx = index_create((size_t)64 << 20);
	b.by_engine = index_reader_create(b.exact);
	b.by_tokens = index_reader_create(b.approx);
	b.memo = memo_create((size_t)64 << 20);
	b.token = mem_array(65536, sizeof(*b.token));
	for (unsigned i = 0; i < WORKERS; i++)
		b.worker[i] = i;
	measure(&b, "1k", 1024);
	measure(&b, "8k", 8192);
	measure(&b, "64k", 65536);
	measure_cost(&b, 8, "-");
	measure_cost(&b, 128, "20");
	measure_cost(&b, MANY, "-");
	measure_learning(&b);
	mem_free(b.token);
	memo_destroy(&b.memo);
	index_reader_destroy(&b.by_engine);
	index_reader_destroy(&b.by_tokens);
	index_destroy(&b.exact);
	index_destroy(&b.approx);
	return b.chosen < 0;
}
