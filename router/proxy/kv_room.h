/* Room for a request's keys and values at the workers: between a lane and
 * the accounts of who holds their memory (fleet/kv_memory.h).
 *
 * Private to this folder. */
#ifndef ROUTER_PROXY_KV_ROOM_H
#define ROUTER_PROXY_KV_ROOM_H

#include "router/proxy/request.h"

enum residents_class kv_room_class(const struct request *r);
const char *kv_room_class_name(enum residents_class c);

/* Candidates without room, once what they hold of the prompt is known.
 * Who is new does not go before others that wait for the same. */
void kv_room_exclude(struct request *r);
/* Whether the i-th candidate has room by now; what it has ahead is seen
 * when it is chosen. */
bool kv_room_is_free(const struct request *r, size_t i);
/* It was let in at one of them, and waits for its turn only. */
bool kv_room_is_let_in(const struct request *r);

/* The i-th candidate was chosen: false if its room has gone meanwhile. */
bool kv_room_take(struct request *r, size_t i);
/* Gives back what it holds, if it does: nothing was computed. */
void kv_room_give_back(struct request *r, struct worker *w);
/* The same at its end, with what the worker has computed by then. */
void kv_room_end(struct request *r, const struct ending *e);

/* It begins, or ends, to wait for room. */
void kv_room_queue(struct request *r);
void kv_room_unqueue(struct request *r);

#endif
