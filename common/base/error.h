/* Statuses of what the world may do to us, and sentences for the user.
 *
 * A function that can fail returns `enum status`; on failure its outputs
 * are untouched. Where a person reads the reason it also fills a
 * `struct error` with one sentence: where, what, and what would mend it. */
#ifndef COMMON_BASE_ERROR_H
#define COMMON_BASE_ERROR_H

#include "common/base/attr.h"

enum status {
	OK = 0,
	ERR_INVALID,     /* the input is not what its format demands */
	ERR_LIMIT,       /* a stated bound would be passed */
	ERR_NOT_FOUND,   /* no such name, file or entry */
	ERR_UNSUPPORTED, /* well-formed, but we do not do this */
	ERR_IO,          /* the operating system or a peer refused */
	ERR_CLOSED,      /* the peer has gone */
	ERR_AGAIN,       /* not now; more input or a later call is needed */
	ERR_TIMEOUT,
};

struct error {
	enum status status;
	char text[512]; /* always terminated; cut, never overrun */
};

/* Fills `err` (NULL is allowed) and returns `status`. */
enum status error_set(struct error *err, enum status status, const char *fmt,
		      ...) PRINTF_LIKE(3, 4);

/* "invalid", "limit", …; static storage. */
const char *status_name(enum status status);

#endif
