#include "router/doctor_ask.h"

#include "common/base/rng.h"
#include "router/api/usage.h"

#include <string.h>

static void on_answer(void *arg, enum check_result r, struct slice body)
{
	struct doctor_ask *a = arg;
	struct api_usage usage;

	a->open = false;
	a->status = a->check.status;
	if (r != CHECK_OK)
		return;
	api_usage_init(&usage);
	api_usage_read(body, &usage);
	if (usage.prompt_tokens >= 0)
		atomic_store(&a->worker->usage, usage.cached_tokens >= 0
							? WORKER_TELLS
							: WORKER_TELLS_NOT);
}

static void put_prompt(struct buf *out, size_t tokens)
{
	struct rng rng;
	uint64_t seed;

	rng_system(&seed, sizeof(seed));
	rng_seed(&rng, seed);
	buf_puts(out, "A list of numbers:");
	for (size_t i = 0; i < tokens; i++)
		buf_printf(out, " %03u", (unsigned)rng_below(&rng, 1000));
}

void doctor_ask_init(struct doctor_ask *a, struct loop *l)
{
	memset(a, 0, sizeof(*a));
	check_init(&a->check, l, on_answer, a);
}

void doctor_ask_fini(struct doctor_ask *a)
{
	check_fini(&a->check);
	buf_fini(&a->body);
}

void doctor_ask_start(struct doctor_ask *a, const struct fleet_model *m,
		      struct worker *w, uint64_t timeout_ms)
{
	size_t block = worker_block_size(w);

	a->worker = w;
	a->open = true;
	buf_reset(&a->body, 0);
	buf_puts(&a->body, "{\"model\":");
	buf_json_string(&a->body, slice_of(m->conf->name));
	buf_puts(&a->body, ",\"max_tokens\":1,\"temperature\":0,\"prompt\":\"");
	put_prompt(&a->body, 2 * (block != 0 ? block : FLEET_BLOCK_SIZE) + 1);
	buf_puts(&a->body, "\"}");
	check_post(&a->check, w, "/v1/completions", buf_slice(&a->body),
		   timeout_ms);
}
