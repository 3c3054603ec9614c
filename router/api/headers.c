#include "router/api/headers.h"

#define REQUEST_ID_BYTES 128

static bool is_one_of(struct slice name, const struct slice *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].n == name.n && slice_equal_nocase(name, list[i]))
			return true;
	return false;
}

static bool has_prefix_of(struct slice name, const struct slice *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (name.n >= list[i].n &&
		    slice_equal_nocase((struct slice){name.p, list[i].n},
				       list[i]))
			return true;
	return false;
}

/* What the gateway writes itself, or answers for. */
static const struct slice written[] = {
	SLICE("host"),         SLICE("content-length"),  SLICE("expect"),
	SLICE("x-request-id"), SLICE("accept-encoding"),
};

/* What tells a worker or another proxy where a request or its blocks are
 * to go, or puts it before others. */
static const struct slice steering[] = {
	SLICE("x-prefiller-host-port"),
	SLICE("x-prefiller-url"),
	SLICE("x-kv-cache-source-host-port"),
	SLICE("x-encoder-hosts-ports"),
	SLICE("x-data-parallel-host-port"),
	SLICE("x-data-parallel-rank"),
	SLICE("x-vllm-priority"),
	SLICE("x-routing-key"),
	SLICE("x-worker-id"),
	SLICE("target-pod"),
	SLICE("target-pods"),
	SLICE("routing-strategy"),
	SLICE("endpoint-load-metrics-format"),
};

static const struct slice steering_prefix[] = {
	SLICE("x-gateway-"), SLICE("x-smg-"),       SLICE("x-warmpath-"),
	SLICE("x-llm-d-"),   SLICE("x-inference-"),
};

bool api_header_forwarded(const struct http_head *request, struct slice name)
{
	if (is_one_of(name, written, ARRAY_LEN(written)) ||
	    is_one_of(name, steering, ARRAY_LEN(steering)) ||
	    has_prefix_of(name, steering_prefix, ARRAY_LEN(steering_prefix)))
		return false;
	return !http_hop_by_hop(request, name);
}

bool api_reply_header_forwarded(const struct http_head *reply,
				struct slice name)
{
	static const struct slice dropped[] = {
		SLICE("content-length"),
		SLICE("server"),
		SLICE("x-request-id"),
		SLICE("endpoint-load-metrics"),
	};
	return !is_one_of(name, dropped, ARRAY_LEN(dropped)) &&
	       !has_prefix_of(name, steering_prefix,
			      ARRAY_LEN(steering_prefix)) &&
	       !http_hop_by_hop(reply, name);
}

static bool is_id_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.';
}

bool api_request_id_ok(struct slice id)
{
	size_t underscores = 0;
	for (size_t i = 0; i < id.n; i++) {
		if (!is_id_char(id.p[i]))
			return false;
		underscores = id.p[i] == '_' ? underscores + 1 : 0;
		if (underscores == 3)
			return false;
	}
	return id.n > 0 && id.n <= REQUEST_ID_BYTES;
}
