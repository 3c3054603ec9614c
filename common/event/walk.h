/* A bounded walk over msgpack: headers and scalars, one at a time, straight
 * from the payload's bytes. Format: the msgpack specification. Pure. */
#ifndef COMMON_EVENT_WALK_H
#define COMMON_EVENT_WALK_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/base/error.h"

struct walk {
	const uint8_t *p, *end;
};

enum walk_type {
	WALK_NIL,
	WALK_BOOL,
	WALK_UINT, /* u */
	WALK_SINT, /* u, as the two's complement of a negative number */
	WALK_FLOAT,
	WALK_STR,   /* p[0, u) */
	WALK_BIN,   /* p[0, u) */
	WALK_EXT,   /* skipped over */
	WALK_ARRAY, /* u members follow */
	WALK_MAP,   /* u pairs follow */
};

struct walk_item {
	enum walk_type type;
	uint64_t u;
	double f;
	const uint8_t *p;
};

/* Reads a header with its scalar or bytes; of arrays and maps the header
 * only. A count that the bytes left cannot hold is ERR_INVALID. */
MUST_USE enum status walk_next(struct walk *w, struct walk_item *out);

/* Skips one value that lies `depth` levels deep. ERR_LIMIT where it nests
 * deeper than EVENT_MAX_DEPTH. */
MUST_USE enum status walk_skip(struct walk *w, unsigned depth);

static inline size_t walk_left(const struct walk *w)
{
	return (size_t)(w->end - w->p);
}

static inline uint64_t walk_be64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return be64toh(v);
}

#endif
