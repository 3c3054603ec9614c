/* Whole answers, JSON mostly, and errors in OpenAI's shape. */
#ifndef TOOLS_SIM_REPLY_H
#define TOOLS_SIM_REPLY_H

#include "common/base/buf.h"

struct evhttp_request;
struct refusal;

/* The request is evhttp's again afterwards. */
void reply_bytes(struct evhttp_request *req, int status, const char *type,
		 struct slice body);
void reply_json(struct evhttp_request *req, int status, struct slice body);
void reply_empty(struct evhttp_request *req, int status);
/* {"error": {"message", "type", "param", "code"}}; param may be NULL. */
void reply_error(struct evhttp_request *req, int status, const char *type,
		 const char *param, const char *message);
/* A header of the error that is to follow, in s; 0: none. */
void reply_retry_after(struct evhttp_request *req, uint64_t s);
void reply_refusal(struct evhttp_request *req, const struct refusal *no);

/* The request's body as one span, valid until the request is answered. */
struct slice request_body(struct evhttp_request *req);
/* A header's value; n = 0 if absent. */
struct slice request_header(struct evhttp_request *req, const char *name);

#endif
