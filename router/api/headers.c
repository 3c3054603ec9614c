#include "router/api/headers.h"

#include <string.h>

#define REQUEST_ID_BYTES 128
/* The longest that is looked for; longer ones are told by how they begin. */
#define MAX_KNOWN_NAME    40
#define MAX_RETRY_AFTER_S 1000000000

#define is(name, word) slice_equal_nocase(name, SLICE(word))

/* What tells a worker or another proxy where a request or its blocks are to
 * go, or puts it before others. By length: few names are compared with more
 * than one. */
static bool is_steering(struct slice name)
{
	switch (name.n) {
	case 9: return is(name, "x-dp-rank");
	case 10: return is(name, "target-pod");
	case 11: return is(name, "x-worker-id") || is(name, "target-pods");
	case 13: return is(name, "x-routing-key");
	case 15:
		return is(name, "x-prefiller-url") ||
		       is(name, "x-vllm-priority");
	case 16: return is(name, "routing-strategy");
	case 17: return is(name, "x-prefill-dp-rank");
	case 20:
		return is(name, "x-data-parallel-rank") ||
		       is(name, "x-worker-instance-id");
	case 21:
		return is(name, "x-prefiller-host-port") ||
		       is(name, "x-encoder-hosts-ports") ||
		       is(name, "x-prefill-instance-id");
	case 25: return is(name, "x-data-parallel-host-port");
	case 27: return is(name, "x-kv-cache-source-host-port");
	case 28: return is(name, "endpoint-load-metrics-format");
	default: return false;
	}
}

static const struct slice steering_prefix[] = {
	SLICE("x-gateway-"), SLICE("x-smg-"),       SLICE("x-warmpath-"),
	SLICE("x-llm-d-"),   SLICE("x-inference-"), SLICE("x-dynamo-"),
	SLICE("x-sglang-"),  SLICE("x-epp-"),
};

static bool steers(struct slice name)
{
	if (name.n < 6 || (name.p[0] | 0x20) != 'x' || name.p[1] != '-')
		return false;
	for (size_t i = 0; i < ARRAY_LEN(steering_prefix); i++)
		if (name.n >= steering_prefix[i].n &&
		    slice_equal_nocase(
			    (struct slice){name.p, steering_prefix[i].n},
			    steering_prefix[i]))
			return true;
	return false;
}

/* Not: what the gateway writes itself, or answers for. */
static bool may_pass(struct slice name, enum http_name id)
{
	switch (id) {
	case HTTP_NAME_OTHER: return !is_steering(name) && !steers(name);
	case HTTP_NAME_ACCEPT_ENCODING:
	case HTTP_NAME_CONTENT_LENGTH:
	case HTTP_NAME_EXPECT:
	case HTTP_NAME_HOST:
	case HTTP_NAME_X_REQUEST_ID: return false;
	default: return id < HTTP_NAME_CONNECTION;
	}
}

/* What stands behind CGI or its heirs is told of Content_Length and of
 * Content-Length by one name. */
static bool may_pass_dashed(struct slice name)
{
	char dashed[MAX_KNOWN_NAME];
	size_t n = name.n < sizeof(dashed) ? name.n : sizeof(dashed);
	for (size_t i = 0; i < n; i++)
		dashed[i] = name.p[i] == '_' ? '-' : name.p[i];
	struct slice other = {dashed, n};
	return may_pass(other, http_name_of(other));
}

bool api_header_forwarded(const struct http_head *request,
			  const struct http_header *h)
{
	if (!may_pass(h->name, h->id))
		return false;
	if (h->id == HTTP_NAME_OTHER && memchr(h->name.p, '_', h->name.n) &&
	    !may_pass_dashed(h->name))
		return false;
	return !http_hop_by_hop(request, h);
}

bool api_reply_header_forwarded(const struct http_head *reply,
				const struct http_header *h)
{
	switch (h->id) {
	case HTTP_NAME_OTHER:
		if (is(h->name, "endpoint-load-metrics") || steers(h->name))
			return false;
		break;
	case HTTP_NAME_CONTENT_LENGTH:
	case HTTP_NAME_SERVER:
	case HTTP_NAME_X_REQUEST_ID: return false;
	default: break;
	}
	return !http_hop_by_hop(reply, h);
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

uint64_t api_retry_after_ms(const struct http_head *reply)
{
	const struct http_header *h = http_header_find(reply,
						       SLICE("retry-after"));
	uint64_t s;

	if (h == NULL || slice_to_u64(h->value, MAX_RETRY_AFTER_S, &s) != OK)
		return 0;
	return s * 1000;
}
