/* Where a head is kept: its bytes, what was read of them, the headers.
 *
 * A connection has use for it only while its head is read and looked at,
 * so it is taken when a head begins and given back when nobody looks any
 * more; those of a lane share what is spare. One thread. */
#ifndef COMMON_HTTP_ROOM_H
#define COMMON_HTTP_ROOM_H

#include "common/base/buf.h"
#include "common/base/slab.h"
#include "common/http/head.h"

/* What a usual head has; more of it comes from the heap. */
#define HTTP_FEW_HEADERS 16
#define HTTP_FEW_BYTES   1024

struct http_room {
	struct http_head head;
	struct buf bytes; /* the head's copy */
	struct http_header *header;
	size_t n_headers;  /* that there is room for */
	size_t lines;      /* whole ones, so far */
	size_t line_bytes; /* of the last one, so far */
	struct http_header few[HTTP_FEW_HEADERS];
	char first[HTTP_FEW_BYTES];
};

#define HTTP_SPARE_ROOMS 32
struct http_rooms {
	struct http_room *spare[HTTP_SPARE_ROOMS];
	size_t n;
	struct slab slab;
};

void http_rooms_init(struct http_rooms *r);
/* All rooms have been given back. */
void http_rooms_fini(struct http_rooms *r);
/* See slab_settle(). */
bool http_rooms_settle(struct http_rooms *r);
bool http_rooms_have_fallen(const struct http_rooms *r);

/* Empty. `r` may be NULL in all of these: from the heap then. */
struct http_room *http_room_take(struct http_rooms *r);
/* Room for `n` headers, whose places are void until they are written. */
void http_room_for_headers(struct http_room *room, size_t n);
/* Empty again. */
void http_room_reset(struct http_room *room);
/* NULL is allowed. */
void http_room_give_back(struct http_rooms *r, struct http_room *room);

#endif
