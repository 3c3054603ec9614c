/* A worker of a scenario: a queue, a cache of blocks and a pace, in
 * virtual time. It prefills one prompt after the other, decodes what is
 * prefilled side by side, keeps blocks that nobody uses until their room
 * is needed, and tells what it stores and drops. */
#ifndef TESTS_SCENARIO_ENGINE_H
#define TESTS_SCENARIO_ENGINE_H

#include "common/base/list.h"
#include "common/base/map.h"
#include "router/fleet/backlog.h"
#include "router/fleet/residents.h"

struct engine_job {
	struct list link;
	uint64_t *key; /* n_keys; the engine frees them */
	size_t n_keys;
	size_t tokens, cached_tokens;
	uint64_t decode_us;
	uint64_t sent_us, until_us;
	/* As the gateway counts them, and follows it. */
	uint64_t work_tokens;
	struct backlog_part part;
	uint16_t underway;
	/* Blocks of it that come from a peer, and when they are there. */
	size_t fetched;
	uint64_t moved_us;
	size_t reserved; /* blocks without a key yet */
	struct residents_seat seat;
	unsigned worker;
	/* Of two workers: what goes on with its prompt at another, and whether
	 * it is that. */
	struct engine_job *next;
	bool prefills, handed;
};

struct engine_events {
	void (*stored)(void *arg, uint64_t key);
	void (*removed)(void *arg, uint64_t key);
	void (*first_token)(void *arg, const struct engine_job *j);
	void (*handed_over)(void *arg, struct engine_job *next);
	void (*finished)(void *arg, const struct engine_job *j);
};

struct engine {
	double tokens_per_s;
	size_t max_blocks, max_running, block_size;
	const struct engine_events *events;
	void *arg;
	struct map blocks;  /* key to struct block */
	struct list unused; /* of them; the next to go last */
	size_t n_unused, reserved;
	struct list waiting, decoding;
	struct engine_job *prefilling;
	size_t n_waiting, n_decoding;
};

void engine_init(struct engine *e);
void engine_fini(struct engine *e);
void engine_submit(struct engine *e, struct engine_job *j, uint64_t now_us);
/* When something happens next; UINT64_MAX: nothing will. */
uint64_t engine_next_us(const struct engine *e);
/* Lets happen what is due. */
void engine_run(struct engine *e, uint64_t now_us);
/* Blocks come in, or all unused ones go, without a request. */
void engine_fill(struct engine *e, const uint64_t *key, size_t n);
void engine_drop(struct engine *e);

size_t engine_running(const struct engine *e);
double engine_usage(const struct engine *e);

#endif
