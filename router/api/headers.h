/* Which headers pass through. */
#ifndef ROUTER_API_HEADERS_H
#define ROUTER_API_HEADERS_H

#include "common/http/head.h"

/* A client's header goes on to the worker. Not: hop-by-hop ones, those
 * that the gateway writes itself (Host, Content-Length, Expect,
 * X-Request-Id, Accept-Encoding: what workers compress cannot be
 * watched), and those that would steer a worker or a proxy (ranks,
 * destinations, priorities of llm-d, vLLM, SGLang, GIE, aibrix, Dynamo),
 * nor what differs from one of these by '_' for '-'. */
bool api_header_forwarded(const struct http_head *request,
			  const struct http_header *h);

/* A worker's header goes back to the client. Not: hop-by-hop ones,
 * Content-Length (the relay frames anew) and Server. */
bool api_reply_header_forwarded(const struct http_head *reply,
				const struct http_header *h);

/* A client's X-Request-Id that we may use as ours: up to 128 letters,
 * digits, '-', '_', '.' and without "___", which one engine's connector
 * reads as an address. */
bool api_request_id_ok(struct slice id);

/* How long a worker asks to be left alone by its Retry-After, in ms; 0 where
 * there is none, or it is a date: clocks differ. */
uint64_t api_retry_after_ms(const struct http_head *reply);

#endif
