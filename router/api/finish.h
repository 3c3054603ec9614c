/* Why an answer ended, as engines tell it: OpenAI's chats and completions by
 * finish_reason, Anthropic's Messages by stop_reason, OpenAI's Responses by
 * their status, which tells no calls of tools from other ends. */
#ifndef ROUTER_API_FINISH_H
#define ROUTER_API_FINISH_H

#include "common/http/sse.h"
#include "router/api/endpoint.h"

enum api_finish {
	API_FINISH_UNTOLD,
	API_FINISH_STOP,
	API_FINISH_LENGTH,
	API_FINISH_TOOL_CALLS,
	API_FINISH_CONTENT_FILTER,
	API_FINISH_OTHER,
	API_FINISHES
};

/* n = 0 is UNTOLD. */
enum api_finish api_finish_of(struct slice word);
/* Of the last choice in the end of a whole JSON answer, or in an event's
 * data. */
enum api_finish api_finish_read(struct slice json, enum api_kind kind);
/* From what a stream has told; of chats and completions sse_note_finish()
 * must have been asked for. */
enum api_finish api_finish_read_stream(const struct sse *s, enum api_kind kind);

#endif
