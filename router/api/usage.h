/* Token counts that an engine reports with its answer: OpenAI's chat and
 * completions, its Responses, Anthropic's Messages. */
#ifndef ROUTER_API_USAGE_H
#define ROUTER_API_USAGE_H

#include "common/http/sse.h"

struct api_usage { /* -1: not told */
	int64_t prompt_tokens;
	int64_t completion_tokens;
	int64_t cached_tokens; /* of the prompt, found in the cache */
};

void api_usage_init(struct api_usage *u);
/* From a whole JSON answer, or from one event's data. Counts that it does
 * not tell stay as they were. Never fails: what is not JSON tells
 * nothing. */
void api_usage_read(struct slice json, struct api_usage *u);
/* From the value of a member "usage"; what follows the object is not
 * looked at. */
void api_usage_read_object(struct slice usage, struct api_usage *u);
/* From what a stream has told. */
void api_usage_read_stream(const struct sse *s, struct api_usage *u);

#endif
