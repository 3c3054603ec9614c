/* A worker's /tokenize, asked for a chat's ids. Private to this folder. */
#ifndef ROUTER_PROXY_ASK_H
#define ROUTER_PROXY_ASK_H

#include "router/proxy/tokenize.h"

/* `key`: the conversation's, one behind each message, in the request's
 * arena. Answered, the ids are remembered under the last; unanswered, what
 * is known of the longest earlier turn must do. */
enum flow ask_worker(struct request *r, struct fingerprint_value *key,
		     size_t n);

#endif
