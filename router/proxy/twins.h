/* Requests that are kept back while another's prompt, that begins as theirs
 * does, is computed: policy/twin.h says when that is worth it.
 *
 * Nobody tells them when it is over: they are chosen for anew now and then,
 * so that one whose leader has failed goes at once, and leads.
 *
 * Private to this folder. */
#ifndef ROUTER_PROXY_TWINS_H
#define ROUTER_PROXY_TWINS_H

#include "router/proxy/request.h"

/* A decision has been made: whether to wait rather than to follow it. */
bool twins_hold(struct request *r);
/* Of one that waits so: it is to be chosen for anew. */
bool twins_look_now(const struct request *r, uint64_t now_ms);

#endif
