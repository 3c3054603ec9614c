/* The member "prompt" of a completion: a string, strings, token ids, or
 * lists of them. */
#ifndef ROUTER_API_PROMPT_H
#define ROUTER_API_PROMPT_H

#include "router/api/request.h"

/* Reads `raw`, a whole JSON value, into the request's prompt fields.
 * ERR_INVALID or ERR_LIMIT with `err` filled. */
MUST_USE enum status api_prompt_read(struct slice raw,
				     const struct api_limits *limits,
				     struct arena *arena, struct api_request *r,
				     struct api_error *err);

#endif
