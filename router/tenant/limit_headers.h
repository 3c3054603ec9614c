/* What a client is told of its limits with each answer: OpenAI's headers,
 * whose resets are durations ("1s", "6m0s", "17ms"), and Anthropic's, whose
 * are moments (RFC 3339). Pure. */
#ifndef ROUTER_TENANT_LIMIT_HEADERS_H
#define ROUTER_TENANT_LIMIT_HEADERS_H

#include "common/base/buf.h"
#include "router/tenant/bucket.h"

/* One limit and how far it is used; limit 0: there is none. */
struct limit_state {
	uint64_t limit;
	struct bucket_level level;
};

void limit_headers_openai(const struct limit_state *requests,
			  const struct limit_state *tokens, struct buf *out);
/* `wall_us`: now, since 1970. */
void limit_headers_anthropic(const struct limit_state *requests,
			     const struct limit_state *tokens, uint64_t wall_us,
			     struct buf *out);
/* One of these, of whatever case: a worker's would contradict ours. */
bool limit_header_is(struct slice name);

#define LIMIT_DURATION_BYTES 32
/* "0s", "17ms", "1.5s", "6m0s", "1h0m0s": rounded up to milliseconds. */
char *limit_duration(uint64_t ns, char out[LIMIT_DURATION_BYTES]);
/* Whole seconds to wait, one at least. */
unsigned limit_retry_after_s(uint64_t wait_ns);

#endif
