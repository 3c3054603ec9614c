/* What one announced block costs on the ingest thread: decoding, keys and
 * the index, without sockets.
 *
 * 64 workers announce runs of 64 blocks of 16 tokens, a batch a run, and
 * then remove them one event a block, as vLLM does. "tokens" hashes the
 * blocks itself and keeps the engine's names; "engine" takes the engine's
 * hashes. One line each: name, value, unit, goal, moonshot, note, with tabs
 * between. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "common/event/encode.h"
#include "router/ingest/apply.h"

#define WORKERS 64
#define RUN     64
#define BLOCK   16
#define BATCHES 20000

struct bench {
	struct apply_tools tools;
	struct worker *worker[WORKERS];
	struct apply apply[WORKERS];
	struct buf stored[BATCHES], removed[BATCHES];
};

static uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Batch `n` of a worker: a run that begins at token 0. */
static void encode_stored(struct buf *to, uint64_t n)
{
	static uint32_t token[RUN * BLOCK];
	static uint64_t hash[RUN];
	struct event_style style = {.layout = EVENT_V024};
	struct event_out e = {.kind = EVENT_STORED,
			      .hash = (const uint8_t *)hash,
			      .n_hashes = RUN,
			      .hash_bytes = sizeof(uint64_t),
			      .token = token,
			      .n_tokens = RUN * BLOCK,
			      .block_size = BLOCK,
			      .medium = SLICE("GPU")};

	for (size_t i = 0; i < RUN * BLOCK; i++)
		token[i] = (uint32_t)((n * 2654435761U + i * 40503U) % 151936);
	for (size_t i = 0; i < RUN; i++) {
		uint64_t x = n * RUN + i + 1;

		x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		hash[i] = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	}
	event_encode(to, &style, 1.7e9, &e, 1, 0);
}

static void encode_removed(struct buf *to, uint64_t n)
{
	static uint64_t hash[RUN];
	struct event_out e[RUN];
	struct event_style style = {.layout = EVENT_V024};

	for (size_t i = 0; i < RUN; i++) {
		uint64_t x = n * RUN + i + 1;

		x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		hash[i] = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
		e[i] = (struct event_out){.kind = EVENT_REMOVED,
					  .hash = (const uint8_t *)&hash[i],
					  .n_hashes = 1,
					  .hash_bytes = sizeof(uint64_t),
					  .medium = SLICE("GPU")};
	}
	event_encode(to, &style, 1.7e9, e, RUN, 0);
}

static double replay(struct bench *b, const struct buf *batch)
{
	uint64_t start = cpu_ns();
	struct event_batch out;

	for (size_t i = 0; i < BATCHES; i++)
		ASSERT(apply_batch(&b->apply[i % WORKERS], buf_slice(&batch[i]),
				   &out) == APPLY_DONE);
	return (double)(cpu_ns() - start) / ((double)BATCHES * RUN);
}

static void measure(struct bench *b, enum conf_key_mode mode, const char *name,
		    const char *goals)
{
	struct index *ix = index_create((size_t)1 << 30);
	struct conf_model conf = {.key_mode = mode};
	struct conf_worker c = {.name = (char *)"w"};
	struct fleet_model model = {.conf = &conf, .engine_known = false};
	size_t blocks = 0;

	ASSERT(hash_scheme_init(&model.tokens, HASH_TOKENS, SLICE(""), BLOCK) ==
	       OK);
	apply_tools_init(&b->tools, ix, (size_t)512 << 20);
	for (unsigned i = 0; i < WORKERS; i++) {
		b->worker[i] = worker_create(&c, i, -1);
		apply_init(&b->apply[i], &b->tools, b->worker[i], &model);
	}
	printf("ingest-%s-stored\t%.1f\tns\t%s\tper block, 16 tokens\n", name,
	       replay(b, b->stored), goals);
	for (unsigned i = 0; i < WORKERS; i++)
		blocks += index_worker_blocks(ix, i, INDEX_GPU);
	ASSERT(blocks == (size_t)BATCHES * RUN);
	printf("ingest-%s-removed\t%.1f\tns\t-\t-\tper block\n", name,
	       replay(b, b->removed));
	for (unsigned i = 0; i < WORKERS; i++) {
		ASSERT(index_worker_blocks(ix, i, INDEX_GPU) == 0);
		worker_unref(&b->worker[i]);
	}
	apply_tools_fini(&b->tools);
	index_destroy(&ix);
}

int main(void)
{
	struct bench *b = mem_zalloc(sizeof(*b));

	for (size_t i = 0; i < BATCHES; i++) {
		buf_init(&b->stored[i]);
		buf_init(&b->removed[i]);
		encode_stored(&b->stored[i], i);
		encode_removed(&b->removed[i], i);
	}
	measure(b, CONF_KEY_ENGINE, "engine", "200\t100");
	measure(b, CONF_KEY_TOKENS, "tokens", "-\t-");
	for (size_t i = 0; i < BATCHES; i++) {
		buf_fini(&b->stored[i]);
		buf_fini(&b->removed[i]);
	}
	mem_free(b);
	return 0;
}
