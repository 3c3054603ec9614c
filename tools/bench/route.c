#include "tools/bench/route.h"

#include "tools/bench/message.h"

struct route {
	const char *method, *path, *type, *body;
};

static const struct route table[] = {
	{"GET", "/health", "text/plain", ""},
	{"GET", "/version", "application/json", "{\"version\":\"0.24.0\"}"},
	{"GET", "/v1/models", "application/json",
	 "{\"object\":\"list\",\"data\":[{\"id\":\"demo\",\"object\":\"model\","
	 "\"created\":1700000000,\"owned_by\":\"vllm\",\"root\":\"demo\","
	 "\"max_model_len\":131072}]}"},
	{"GET", "/metrics", "text/plain; version=0.0.4",
	 "# TYPE vllm:num_requests_running gauge\n"
	 "vllm:num_requests_running{model_name=\"demo\"} 0\n"
	 "# TYPE vllm:num_requests_waiting gauge\n"
	 "vllm:num_requests_waiting{model_name=\"demo\"} 0\n"
	 "# TYPE vllm:kv_cache_usage_perc gauge\n"
	 "vllm:kv_cache_usage_perc{model_name=\"demo\"} 0.1\n"
	 "# TYPE vllm:cache_config_info gauge\n"
	 "vllm:cache_config_info{block_size=\"16\",num_gpu_blocks=\"700000\","
	 "enable_prefix_caching=\"True\"} 1\n"},
};

static void write_answer(struct buf *out, const char *status, const char *type,
			 const char *body)
{
	struct slice s = slice_of(body);

	buf_printf(out,
		   "HTTP/1.1 %s\r\nserver: uvicorn\r\ncontent-type: %s\r\n"
		   "content-length: %zu\r\n\r\n",
		   status, type, s.n);
	buf_append(out, s);
}

static bool is_completion(struct slice method, struct slice path)
{
	return slice_equal(method, SLICE("POST")) &&
	       (slice_equal(path, SLICE("/v1/chat/completions")) ||
		slice_equal(path, SLICE("/v1/completions")));
}

bool route_answer(struct buf *out, struct slice first, struct slice body)
{
	struct slice method = slice_split(&first, ' ');
	struct slice path = slice_split(&first, ' ');
	uint64_t number;

	if (is_completion(method, path)) {
		if (message_number_find(body, &number))
			return false;
		write_answer(out, "400 Bad Request", "text/plain",
			     "a completion without a number");
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		const struct route *r = &table[i];

		if (slice_equal(method, slice_of(r->method)) &&
		    slice_equal(path, slice_of(r->path))) {
			write_answer(out, "200 OK", r->type, r->body);
			return true;
		}
	}
	write_answer(out, "404 Not Found", "text/plain", "no such path");
	return true;
}
