/* A request's head that comes as fields (HTTP/2, RFC 9113 8), written as the
 * lines that HTTP/1 would have for it.
 *
 * What those lines say is then judged by the one parser that judges all
 * heads. Refused here is what only fields can get wrong: pseudo-headers,
 * letters of the wrong case, headers that are a connection's, a value that
 * would be two lines. Pure. */
#ifndef COMMON_HTTP_H2_HEAD_H
#define COMMON_HTTP_H2_HEAD_H

#include "common/base/buf.h"
#include "common/http/rules.h"

enum h2_pseudo {
	H2_METHOD,
	H2_SCHEME,
	H2_AUTHORITY,
	H2_PATH,
	H2_PSEUDO_N,
};

struct h2_head {
	const struct http_limits *limits;
	struct buf text;   /* the lines */
	struct buf cookie; /* its crumbs, joined */
	struct buf pseudo; /* values, one behind the other */
	struct {
		uint32_t at, n;
		bool seen;
	} of[H2_PSEUDO_N];
	size_t n_fields, bytes;
	bool begun; /* the request line is written */
	bool has_host, has_length;
	struct http_fault fault; /* status 0: none */
};

/* `limits` outlive it. Zeroed before the first time; keeps its room. */
void h2_head_begin(struct h2_head *h, const struct http_limits *limits);
void h2_head_fini(struct h2_head *h);
/* The next field. After a fault, which is kept, nothing is taken any more.
 * ERR_INVALID: malformed; ERR_LIMIT: past the limits' sizes. */
enum status h2_head_add(struct h2_head *h, struct slice name,
			struct slice value);
/* All fields are there; `body`: DATA may follow. `text` is the head to be
 * parsed, which lives until the next head begins. A body of no stated length
 * is called chunked in it. */
MUST_USE enum status h2_head_end(struct h2_head *h, bool body,
				 struct slice *text);

/* A trailer may have this name and value; it is dropped. */
bool h2_trailer_ok(struct slice name, struct slice value);

#endif
