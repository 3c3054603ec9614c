#include "router/api/endpoint.h"

#define GET(path, kind)                                                        \
	{                                                                      \
		path, HTTP_METHOD_GET, kind, API_OPENAI, false, API_UNCACHED   \
	}
#define POST(path, kind, cache)                                                \
	{                                                                      \
		path, HTTP_METHOD_POST, kind, API_OPENAI, false, API_##cache   \
	}
#define REFUSE(path)                                                           \
	{                                                                      \
		path, HTTP_METHOD_POST, API_REFUSED, API_OPENAI, true,         \
			API_UNCACHED                                           \
	}
#define ANTHROPIC(path, kind, cache)                                           \
	{                                                                      \
		path, HTTP_METHOD_POST, kind, API_ANTHROPIC, false,            \
			API_##cache                                            \
	}

static const struct endpoint endpoints[] = {
	POST("/v1/chat/completions", API_CHAT, SALTED),
	POST("/v1/completions", API_COMPLETION, SALTED),
	POST("/v1/responses", API_RESPONSES, SALTED),
	ANTHROPIC("/v1/messages", API_MESSAGES, UNSALTED),
	ANTHROPIC("/v1/messages/count_tokens", API_PASS, UNCACHED),
	POST("/v1/chat/completions/batch", API_PASS, UNSALTED),
	POST("/v1/chat/completions/render", API_PASS, UNCACHED),
	POST("/v1/completions/render", API_PASS, UNCACHED),
	POST("/cohere/v2/chat", API_PASS, UNSALTED),
	POST("/tokenize", API_PASS, UNCACHED),
	POST("/detokenize", API_PASS, UNCACHED),
	POST("/v1/tokenize", API_PASS, UNCACHED),
	POST("/v1/detokenize", API_PASS, UNCACHED),
	POST("/v1/embeddings", API_PASS, SALTED),
	POST("/v2/embed", API_PASS, UNSALTED),
	POST("/pooling", API_PASS, SALTED),
	POST("/classify", API_PASS, SALTED),
	POST("/v1/classify", API_PASS, SALTED),
	POST("/score", API_PASS, SALTED),
	POST("/v1/score", API_PASS, SALTED),
	POST("/rerank", API_PASS, SALTED),
	POST("/v1/rerank", API_PASS, SALTED),
	POST("/v2/rerank", API_PASS, SALTED),
	POST("/generative_scoring", API_PASS, UNSALTED),
	POST("/inference/v1/generate", API_PASS, SALTED),
	GET("/v1/models", API_MODELS),
	{"/v1/models", HTTP_METHOD_GET, API_MODEL, API_OPENAI, true,
	 API_UNCACHED},
	GET("/health", API_HEALTH),
	GET("/ping", API_HEALTH),
	GET("/version", API_VERSION),
	/* What controls an engine, or speaks past the gateway. */
	REFUSE("/abort_request"),
	REFUSE("/abort_requests"),
	REFUSE("/clear_hicache_storage_backend"),
	REFUSE("/close_session"),
	REFUSE("/collective_rpc"),
	REFUSE("/configure_logging"),
	REFUSE("/continue_generation"),
	REFUSE("/destroy_weights_update_group"),
	REFUSE("/fault_tolerance"),
	REFUSE("/finish_weight_update"),
	REFUSE("/flush_cache"),
	REFUSE("/freeze_gc"),
	REFUSE("/get_server_info"),
	REFUSE("/get_weights_by_name"),
	REFUSE("/get_world_size"),
	REFUSE("/init_weight_transfer_engine"),
	REFUSE("/init_weights_update_group"),
	REFUSE("/invocations"),
	REFUSE("/is_paused"),
	REFUSE("/is_scaling_elastic_ep"),
	REFUSE("/is_sleeping"),
	REFUSE("/load_lora_adapter"),
	REFUSE("/open_session"),
	REFUSE("/pause"),
	REFUSE("/pause_generation"),
	REFUSE("/release_memory_occupation"),
	REFUSE("/reset_encoder_cache"),
	REFUSE("/reset_mm_cache"),
	REFUSE("/reset_prefix_cache"),
	REFUSE("/resume"),
	REFUSE("/resume_memory_occupation"),
	REFUSE("/scale_elastic_ep"),
	REFUSE("/server_info"),
	REFUSE("/set_internal_state"),
	REFUSE("/sleep"),
	REFUSE("/slow_down"),
	REFUSE("/start_profile"),
	REFUSE("/start_weight_update"),
	REFUSE("/stop_profile"),
	REFUSE("/unload_lora_adapter"),
	REFUSE("/update_weights"),
	REFUSE("/update_weights_from_disk"),
	REFUSE("/update_weights_from_distributed"),
	REFUSE("/update_weights_from_tensor"),
	REFUSE("/v1/load_lora_adapter"),
	REFUSE("/v1/unload_lora_adapter"),
	REFUSE("/wake_up"),
};

const struct endpoint *endpoint_at(size_t i)
{
	return i < ARRAY_LEN(endpoints) ? &endpoints[i] : NULL;
}

struct slice endpoint_rest(const struct endpoint *e, struct slice path)
{
	struct slice row = slice_of(e->path);
	if (path.n <= row.n + 1 || !slice_starts(path, row))
		return (struct slice){NULL, 0};
	return slice_from(path, row.n + 1);
}

static bool covers(const struct endpoint *e, struct slice path)
{
	struct slice row = slice_of(e->path);
	if (!slice_starts(path, row))
		return false;
	bool here = path.n == row.n;
	if (!e->below)
		return here;
	bool under = !here && path.p[row.n] == '/';
	return under || (here && e->kind == API_REFUSED);
}

static bool allows(const struct endpoint *e, enum http_method method)
{
	return method == e->method ||
	       (method == HTTP_METHOD_HEAD && e->method == HTTP_METHOD_GET);
}

unsigned endpoint_find(enum http_method method, struct slice path,
		       const struct endpoint **out)
{
	for (size_t i = 0; i < ARRAY_LEN(endpoints); i++) {
		const struct endpoint *e = &endpoints[i];
		if (!covers(e, path))
			continue;
		*out = e;
		if (e->kind == API_REFUSED)
			return 403;
		return allows(e, method) ? 200 : 405;
	}
	return 404;
}

const char *endpoint_allow(const struct endpoint *e)
{
	return e->method == HTTP_METHOD_GET ? "GET, HEAD" : "POST";
}
