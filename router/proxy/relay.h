/* STREAM: the worker's answer to the client, as it comes.
 *
 * The head is held back until a byte of the body is there, so that a
 * worker that dies in its prefill has cost the client nothing. Private to
 * this folder. */
#ifndef ROUTER_PROXY_RELAY_H
#define ROUTER_PROXY_RELAY_H

#include "router/proxy/request.h"

/* Writes the client's head, unsent. */
void relay_begin(struct request *r, const struct http_head *h);
/* Gives back what was kept of the answer. */
void relay_end_watch(struct request *r);
/* Sends what one reading brought; `complete` ends the body's framing. */
void relay_pieces(struct request *r, const struct slice *piece, size_t n,
		  bool complete);

#endif
