#include "tests/scenario/engine.h"

#include "common/base/assert.h"
#include "common/base/mem.h"

#define STEP_US 5000 /* of a prefill, whatever its length */

struct block {
	struct list link; /* in `unused` while refs is 0 */
	uint64_t key;
	unsigned refs;
};

static struct slice bytes_of(const uint64_t *key)
{
	return (struct slice){(const char *)key, sizeof(*key)};
}

static struct block *find(const struct engine *e, uint64_t key)
{
	return map_find(&e->blocks, bytes_of(&key));
}

static void evict_last(struct engine *e)
{
	struct list *last = e->unused.prev;
	struct block *b = LIST_ENTRY(last, struct block, link);

	ASSERT(last != &e->unused);
	list_remove(&b->link);
	e->n_unused--;
	map_remove(&e->blocks, bytes_of(&b->key));
	e->events->removed(e->arg, b->key);
	mem_free(b);
}

static void make_room(struct engine *e)
{
	while (e->blocks.n + e->reserved > e->max_blocks && e->n_unused > 0)
		evict_last(e);
}

static void hold(struct engine *e, struct block *b)
{
	if (b->refs++ > 0)
		return;
	list_remove(&b->link);
	e->n_unused--;
}

static void release(struct engine *e, struct block *b)
{
	if (--b->refs > 0)
		return;
	list_push_front(&e->unused, &b->link);
	e->n_unused++;
}

/* Holds the block, which is stored first where it is new. */
static void store(struct engine *e, uint64_t key)
{
	struct block *b = find(e, key);

	if (b != NULL) {
		hold(e, b);
		return;
	}
	b = mem_zalloc(sizeof(*b));
	b->key = key;
	b->refs = 1;
	list_init(&b->link);
	map_set(&e->blocks, bytes_of(&b->key), b);
	e->events->stored(e->arg, key);
}

static size_t match(const struct engine *e, const struct engine_job *j)
{
	/* The last token is computed in any case. */
	size_t most = (j->tokens - 1) / e->block_size, n = 0;

	while (n < most && n < j->n_keys && find(e, j->key[n]) != NULL)
		n++;
	return n;
}

static bool has_room(const struct engine *e, size_t blocks)
{
	size_t in_use = e->blocks.n - e->n_unused + e->reserved;

	return in_use == 0 || in_use + blocks <= e->max_blocks;
}

/* The first of those who wait begins its prefill, if there is room. */
static void begin(struct engine *e, uint64_t now_us)
{
	struct engine_job *j;
	uint64_t begin_us;
	size_t held, whole;

	if (e->prefilling != NULL || list_empty(&e->waiting) ||
	    engine_running(e) >= e->max_running)
		return;
	j = LIST_ENTRY(e->waiting.next, struct engine_job, link);
	held = match(e, j);
	whole = j->tokens / e->block_size + 1;
	if (!has_room(e, whole - held))
		return;
	list_remove(&j->link);
	e->n_waiting--;
	for (size_t i = 0; i < held; i++)
		hold(e, find(e, j->key[i]));
	for (; held < j->fetched; held++)
		store(e, j->key[held]);
	j->cached_tokens = held * e->block_size;
	j->reserved = whole - held;
	e->reserved += j->reserved;
	make_room(e);
	begin_us = j->moved_us > now_us ? j->moved_us : now_us;
	j->until_us = begin_us + STEP_US +
		      (uint64_t)((double)(j->tokens - j->cached_tokens) * 1e6 /
				 e->tokens_per_s);
	e->prefilling = j;
}

static void end_prefill(struct engine *e, uint64_t now_us)
{
	struct engine_job *j = e->prefilling;
	size_t held = j->cached_tokens / e->block_size;

	e->prefilling = NULL;
	e->reserved -= j->reserved;
	j->reserved -= j->n_keys - held;
	e->reserved += j->reserved;
	for (size_t i = held; i < j->n_keys; i++)
		store(e, j->key[i]);
	make_room(e);
	e->events->first_token(e->arg, j);
	if (j->next != NULL)
		e->events->handed_over(e->arg, j->next);
	j->next = NULL;
	j->until_us = now_us + j->decode_us;
	list_push_back(&e->decoding, &j->link);
	e->n_decoding++;
}

static void free_job(struct engine_job *j)
{
	if (j->next != NULL)
		free_job(j->next);
	mem_free(j->key);
	mem_free(j);
}

static void end_decode(struct engine *e, struct engine_job *j)
{
	list_remove(&j->link);
	e->n_decoding--;
	e->reserved -= j->reserved;
	/* From the tail, so that heads, which others share, go last. */
	for (size_t i = j->n_keys; i > 0; i--)
		release(e, find(e, j->key[i - 1]));
	e->events->finished(e->arg, j);
	free_job(j);
}

static void end_decodes(struct engine *e, uint64_t now_us)
{
	struct list *it, *tmp;

	LIST_EACH (it, tmp, &e->decoding) {
		struct engine_job *j = LIST_ENTRY(it, struct engine_job, link);

		if (j->until_us <= now_us)
			end_decode(e, j);
	}
}

void engine_init(struct engine *e)
{
	map_init(&e->blocks);
	list_init(&e->unused);
	list_init(&e->waiting);
	list_init(&e->decoding);
}

static void free_jobs(struct list *jobs)
{
	struct list *it;

	while ((it = list_pop_front(jobs)) != NULL)
		free_job(LIST_ENTRY(it, struct engine_job, link));
}

void engine_fini(struct engine *e)
{
	struct slice key;
	void *value;
	size_t at = 0;

	free_jobs(&e->waiting);
	free_jobs(&e->decoding);
	if (e->prefilling != NULL)
		free_job(e->prefilling);
	while (map_next(&e->blocks, &at, &key, &value))
		mem_free(value);
	map_fini(&e->blocks);
}

void engine_submit(struct engine *e, struct engine_job *j, uint64_t now_us)
{
	list_init(&j->link);
	list_push_back(&e->waiting, &j->link);
	e->n_waiting++;
	begin(e, now_us);
}

uint64_t engine_next_us(const struct engine *e)
{
	uint64_t next = e->prefilling ? e->prefilling->until_us : UINT64_MAX;
	struct list *it, *tmp;

	LIST_EACH (it, tmp, &e->decoding) {
		struct engine_job *j = LIST_ENTRY(it, struct engine_job, link);

		if (j->until_us < next)
			next = j->until_us;
	}
	return next;
}

void engine_run(struct engine *e, uint64_t now_us)
{
	if (e->prefilling != NULL && e->prefilling->until_us <= now_us)
		end_prefill(e, now_us);
	end_decodes(e, now_us);
	begin(e, now_us);
}

void engine_fill(struct engine *e, const uint64_t *key, size_t n)
{
	for (size_t i = 0; i < n; i++)
		store(e, key[i]);
	for (size_t i = n; i > 0; i--)
		release(e, find(e, key[i - 1]));
	make_room(e);
}

void engine_drop(struct engine *e)
{
	while (e->n_unused > 0)
		evict_last(e);
}

size_t engine_running(const struct engine *e)
{
	return e->n_decoding + (e->prefilling != NULL);
}

double engine_usage(const struct engine *e)
{
	double in_use = (double)(e->blocks.n - e->n_unused + e->reserved);

	return in_use / (double)e->max_blocks;
}
