#include "router/probe/load.h"

#include "router/probe/promtext.h"

#include <math.h>
#include <string.h>

#define MAX_REQUESTS   1e9
#define MAX_BLOCK_SIZE ((uint64_t)1 << 20)
#define MAX_ADAPTERS   ((uint64_t)1 << 20)
#define MAX_KV_BLOCKS  ((uint64_t)1 << 40)

/* By preference: a release may show an old and a new name at once. */
static const struct {
	const char *name;
	enum load_number number;
} source[] = {
	{"vllm:num_requests_running", LOAD_RUNNING},
	{"sglang:num_running_reqs", LOAD_RUNNING},
	{"tgi_batch_current_size", LOAD_RUNNING},
	{"vllm:num_requests_waiting", LOAD_WAITING},
	{"sglang:num_queue_reqs", LOAD_WAITING},
	{"tgi_queue_size", LOAD_WAITING},
	{"vllm:kv_cache_usage_perc", LOAD_KV_USAGE},
	{"vllm:gpu_cache_usage_perc", LOAD_KV_USAGE},
	{"sglang:token_usage", LOAD_KV_USAGE},
};

struct sum {
	double value;
	size_t n;
};

struct tally {
	struct sum of_rank[ARRAY_LEN(source)], of_all[ARRAY_LEN(source)];
	double adapters_at; /* Unix time of what is told of them */
};

static bool same_rank(const struct promtext_sample *s, int rank)
{
	struct slice value;
	uint64_t n;

	if (!promtext_label(s, SLICE("engine"), &value) &&
	    !promtext_label(s, SLICE("dp_rank"), &value))
		return false;
	return rank >= 0 && slice_to_u64(value, UINT32_MAX, &n) == OK &&
	       n == (uint64_t)rank;
}

static void add(struct sum *sum, double value)
{
	sum->value += value;
	sum->n++;
}

static void take_number(struct tally *t, const struct promtext_sample *s,
			bool mine)
{
	for (size_t i = 0; i < ARRAY_LEN(source); i++) {
		if (!slice_equal(s->name, slice_of(source[i].name)))
			continue;
		if (!(s->value >= 0 && s->value <= MAX_REQUESTS))
			return;
		add(&t->of_all[i], s->value);
		if (mine)
			add(&t->of_rank[i], s->value);
	}
}

static void take_size(const struct promtext_sample *s, const char *label,
		      uint64_t max, size_t *out)
{
	struct slice value;
	uint64_t n;

	if (promtext_label(s, slice_of(label), &value) &&
	    slice_to_u64(value, max, &n) == OK)
		*out = n;
}

static void take_config(struct load *out, const struct promtext_sample *s)
{
	take_size(s, "block_size", MAX_BLOCK_SIZE, &out->block_size);
	take_size(s, "num_gpu_blocks", MAX_KV_BLOCKS, &out->kv_blocks);
	(void)promtext_label(s, SLICE("prefix_caching_hash_algo"),
			     &out->algorithm);
	(void)promtext_label(s, SLICE("enable_prefix_caching"),
			     &out->prefix_caching);
}

static void take_size_value(const struct promtext_sample *s, uint64_t max,
			    size_t *out)
{
	if (s->value >= 1 && s->value <= (double)max)
		*out = (size_t)s->value;
}

/* Of all such series the last is the one that was put last. */
static void take_adapters(struct load *out, struct tally *t,
			  const struct promtext_sample *s)
{
	if (!(s->value > t->adapters_at))
		return;
	t->adapters_at = s->value;
	out->running_adapters = out->waiting_adapters = (struct slice){NULL, 0};
	take_size(s, "max_lora", MAX_ADAPTERS, &out->max_adapters);
	(void)promtext_label(s, SLICE("running_lora_adapters"),
			     &out->running_adapters);
	(void)promtext_label(s, SLICE("waiting_lora_adapters"),
			     &out->waiting_adapters);
}

static void take_sample(struct load *out, struct tally *t,
			const struct promtext_sample *s, int rank)
{
	bool mine = same_rank(s, rank);

	take_number(t, s, mine);
	if (slice_equal(s->name, SLICE("vllm:cache_config_info"))) {
		/* Ranks differ in nothing but, at times, num_gpu_blocks. */
		if (mine || out->block_size == 0)
			take_config(out, s);
	} else if (slice_equal(s->name, SLICE("vllm:lora_requests_info"))) {
		take_adapters(out, t, s);
	} else if (slice_equal(s->name, SLICE("sglang:page_size"))) {
		take_size_value(s, MAX_BLOCK_SIZE, &out->block_size);
	} else if (slice_equal(s->name, SLICE("sglang:num_pages"))) {
		take_size_value(s, MAX_KV_BLOCKS, &out->kv_blocks);
	}
}

static void conclude(struct load *out, const struct tally *t, size_t i)
{
	enum load_number to = source[i].number;
	const struct sum *sum = t->of_rank[i].n > 0 ? &t->of_rank[i]
						    : &t->of_all[i];
	double value = sum->value;

	if (sum->n == 0 || out->has[to])
		return;
	if (to == LOAD_KV_USAGE)
		value = fmin(value / (double)sum->n, 1);
	out->has[to] = true;
	out->number[to] = fmin(value, MAX_REQUESTS);
}

void load_parse(struct slice text, int rank, struct load *out)
{
	struct promtext p;
	struct promtext_sample s;
	struct tally t = {0};

	memset(out, 0, sizeof(*out));
	promtext_init(&p, text);
	while (promtext_next(&p, &s))
		take_sample(out, &t, &s, rank);
	for (size_t i = 0; i < ARRAY_LEN(source); i++)
		conclude(out, &t, i);
}
