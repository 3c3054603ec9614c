/* /metrics, under vLLM's names and labels. */
#include "common/base/clock.h"
#include "tools/sim/reply.h"
#include "tools/sim/serve.h"

enum metric_source {
	RUNNING,
	WAITING,
	USAGE,
	QUERIES,
	HITS,
	PREEMPTIONS,
	PROMPT_TOKENS,
	GENERATION_TOKENS,
};

static const struct row {
	const char *name, *old_name; /* old: up to v0.9.1; NULL: the same */
	const char *kind, *help;
	enum metric_source source;
} rows[] = {
	{"vllm:num_requests_running", NULL, "gauge",
	 "Number of requests in model execution batches.", RUNNING},
	{"vllm:num_requests_waiting", NULL, "gauge",
	 "Number of requests waiting to be processed.", WAITING},
	{"vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc", "gauge",
	 "KV-cache usage. 1 means 100 percent usage.", USAGE},
	{"vllm:prefix_cache_queries_total",
	 "vllm:gpu_prefix_cache_queries_total", "counter",
	 "Prefix cache queries, in terms of number of queried tokens.",
	 QUERIES},
	{"vllm:prefix_cache_hits_total", "vllm:gpu_prefix_cache_hits_total",
	 "counter", "Prefix cache hits, in terms of number of cached tokens.",
	 HITS},
	{"vllm:num_preemptions_total", NULL, "counter",
	 "Cumulative number of preemption from the engine.", PREEMPTIONS},
	{"vllm:prompt_tokens_total", NULL, "counter",
	 "Number of prefill tokens processed.", PROMPT_TOKENS},
	{"vllm:generation_tokens_total", NULL, "counter",
	 "Number of generation tokens processed.", GENERATION_TOKENS},
};

static double value_of(const struct rank *r, enum metric_source source)
{
	const struct engine_stats *s = engine_stats(r->engine);
	double all = (double)cache_usable_blocks(r->cache);

	switch (source) {
	case RUNNING: return (double)engine_running(r->engine);
	case WAITING: return (double)engine_waiting(r->engine);
	case USAGE: return 1 - (double)cache_free_blocks(r->cache) / all;
	case QUERIES: return (double)s->prefix_queries;
	case HITS: return (double)s->prefix_hits;
	case PREEMPTIONS: return (double)s->preemptions;
	case PROMPT_TOKENS: return (double)s->prompt_tokens;
	case GENERATION_TOKENS: break;
	}
	return (double)s->generation_tokens;
}

/* {engine="0",model_name="…" without the closing brace. */
static void put_labels(struct worker *w, size_t rank, struct buf *b)
{
	buf_printf(b, "{engine=\"%zu\",model_name=", rank);
	buf_json_string(b, slice_of(w->conf.model));
}

static void put_head(const char *name, const char *kind, const char *help,
		     struct buf *b)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

static void put_row(struct worker *w, const struct row *row, struct buf *b)
{
	const char *name = row->name;

	if (w->conf.old_metric_names && row->old_name)
		name = row->old_name;
	put_head(name, row->kind, row->help, b);
	for (size_t i = 0; i < w->n_ranks; i++) {
		buf_puts(b, name);
		put_labels(w, i, b);
		buf_printf(b, "} %.17g\n", value_of(&w->rank[i], row->source));
	}
}

static void put_cache_config(struct worker *w, struct buf *b)
{
	bool lies = w->conf.told_hash[0] != '\0';

	put_head("vllm:cache_config_info", "gauge",
		 "Information of the LLMEngine CacheConfig", b);
	for (size_t i = 0; i < w->n_ranks; i++)
		buf_printf(b,
			   "vllm:cache_config_info{block_size=\"%llu\","
			   "cache_dtype=\"auto\",enable_prefix_caching="
			   "\"%s\",engine=\"%zu\","
			   "gpu_memory_utilization=\"0.9\","
			   "num_cpu_blocks=\"None\",num_gpu_blocks=\"%llu\","
			   "prefix_caching_hash_algo=\"%s\","
			   "sliding_window=\"None\"} 1.0\n",
			   (unsigned long long)w->conf.block_size,
			   w->conf.prefix_caching ? "True" : "False", i,
			   (unsigned long long)w->conf.num_gpu_blocks,
			   lies ? w->conf.told_hash : w->conf.hash);
}

/* Those of the adapters that some rank runs, or keeps waiting. */
static void put_adapters_that(struct worker *w, struct buf *b,
			      bool (*has)(const struct engine *e,
					  struct slice name))
{
	struct slice rest = slice_of(w->limits.loras);
	const char *between = "";

	while (rest.n > 0) {
		struct slice one = slice_trim(slice_split(&rest, ','));
		bool any = false;

		for (size_t i = 0; i < w->n_ranks && one.n > 0; i++)
			any |= has(w->rank[i].engine, one);
		if (!any)
			continue;
		buf_printf(b, "%s%.*s", between, SLICE_ARG(one));
		between = ",";
	}
}

/* Its value is when that was. */
static void put_adapters(struct worker *w, struct buf *b)
{
	static const char name[] = "vllm:lora_requests_info";

	if (w->limits.loras[0] == '\0')
		return;
	put_head(name, "gauge", "Running stats on lora requests.", b);
	buf_printf(b, "%s{max_lora=\"%llu\",running_lora_adapters=\"", name,
		   (unsigned long long)w->conf.max_loras);
	put_adapters_that(w, b, engine_runs_adapter);
	buf_puts(b, "\",waiting_lora_adapters=\"");
	put_adapters_that(w, b, engine_awaits_adapter);
	buf_printf(b, "\"} %.6f\n", (double)clock_wall_us() / 1e6);
}

static void put_success(struct worker *w, struct buf *b)
{
	static const char *const names[OUTCOMES] = {"stop", "length", "abort",
						    "error"};

	put_head("vllm:request_success_total", "counter",
		 "Count of successfully processed requests.", b);
	for (size_t i = 0; i < OUTCOMES; i++) {
		buf_puts(b, "vllm:request_success_total");
		put_labels(w, 0, b);
		buf_printf(b, ",finished_reason=\"%s\"} %llu\n", names[i],
			   (unsigned long long)w->counters.outcome[i]);
	}
}

static void put_ttft(struct worker *w, struct buf *b)
{
	static const char name[] = "vllm:time_to_first_token_seconds";
	const struct counters *c = &w->counters;
	uint64_t n = 0;

	put_head(name, "histogram",
		 "Histogram of time to first token in seconds.", b);
	for (size_t i = 0; i <= TTFT_BUCKETS; i++) {
		n += c->ttft_bucket[i];
		buf_printf(b, "%s_bucket", name);
		put_labels(w, 0, b);
		if (i < TTFT_BUCKETS)
			buf_printf(b, ",le=\"%g\"} %llu\n", ttft_bound_s[i],
				   (unsigned long long)n);
		else
			buf_printf(b, ",le=\"+Inf\"} %llu\n",
				   (unsigned long long)n);
	}
	buf_printf(b, "%s_sum", name);
	put_labels(w, 0, b);
	buf_printf(b, "} %.9g\n%s_count", c->ttft_sum_s, name);
	put_labels(w, 0, b);
	buf_printf(b, "} %llu\n", (unsigned long long)n);
}

static void put_one(struct worker *w, const char *name, uint64_t value,
		    struct buf *b)
{
	buf_puts(b, name);
	put_labels(w, 0, b);
	buf_printf(b, "} %llu\n", (unsigned long long)value);
}

/* What vLLM tells of its connector, and why. */
static void put_transfer(struct worker *w, struct buf *b)
{
	static const char failed[] = "vllm:nixl_num_failed_transfers_total";
	static const char expired[] = "vllm:nixl_num_kv_expired_reqs_total";
	static const char all[] = "warmpath_sim_complaints_total";
	const uint64_t *count = w->complaints.count;
	uint64_t n = 0;

	for (size_t i = 0; i < w->n_ranks; i++)
		n += w->transfer[i].stats.failed;
	put_head(failed, "counter", "Number of failed KV cache transfers.", b);
	put_one(w, failed, n, b);
	put_head(expired, "counter",
		 "Number of requests whose KV cache expired.", b);
	put_one(w, expired, count[COMPLAINT_EXPIRED], b);
	put_head(all, "counter", "Wrong uses of the connector.", b);
	for (size_t i = 0; i < COMPLAINT_KINDS; i++)
		buf_printf(b, "%s{kind=\"%s\"} %llu\n", all,
			   complaint_name((enum complaint_kind)i),
			   (unsigned long long)count[i]);
}

void serve_metrics(struct worker *w, struct evhttp_request *req)
{
	struct buf b;

	buf_init(&b);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		put_row(w, &rows[i], &b);
	put_cache_config(w, &b);
	put_adapters(w, &b);
	put_success(w, &b);
	put_ttft(w, &b);
	if (w->n_ranks > 0 &&
	    (transfer_is_on(&w->transfer[0]) || w->p2p[0].channel))
		put_transfer(w, &b);
	reply_bytes(req, 200, "text/plain; version=0.0.4; charset=utf-8",
		    buf_slice(&b));
	buf_fini(&b);
}
