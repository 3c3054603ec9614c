/* What clients are told when we answer ourselves: errors in the shape that
 * their library understands (OpenAI's, or Anthropic's for /v1/messages). */
#ifndef ROUTER_API_REPLY_H
#define ROUTER_API_REPLY_H

#include "common/base/buf.h"
#include "router/api/endpoint.h"

struct api_error {
	unsigned status;   /* HTTP's */
	const char *param; /* the member at fault, or NULL; static */
	const char *code;  /* a machine's word for it, or NULL; static */
	char message[384]; /* a sentence */
};

/* Fills all of `e`. */
void api_error_set(struct api_error *e, unsigned status, const char *param,
		   const char *code, const char *fmt, ...) PRINTF_LIKE(5, 6);
/* "invalid_request_error" … by HTTP status. Static. */
const char *api_error_type(enum api_dialect d, unsigned status);

/* The body: one JSON object, appended. */
void api_error_body(const struct api_error *e, enum api_dialect d,
		    struct buf *out);
/* The same as a server-sent event, for a stream that has begun. What
 * sse_close_text() says goes before it. No end marker follows it. */
void api_error_event(const struct api_error *e, enum api_dialect d,
		     struct buf *out);

#endif
