/* From a head's bytes to a struct http_head: llhttp reads, and what it
 * lets pass though two readers could take it in two ways is refused here.
 * RFC 9110, RFC 9112. Pure. */
#ifndef COMMON_HTTP_RULES_H
#define COMMON_HTTP_RULES_H

#include "common/http/head.h"

enum http_side { HTTP_SERVER /* reads requests */, HTTP_CLIENT };

struct http_limits {
	size_t max_head_bytes;   /* request line or status line included */
	size_t max_target_bytes; /* 0: max_head_bytes */
	size_t max_headers;
	size_t max_header_bytes; /* one's name and value; 0: max_head_bytes */
	uint64_t max_body_bytes; /* 0: no bound */
	/* Of a chunked body. 0: HTTP_MAX_EXTENSION_BYTES, .._TRAILER_BYTES */
	size_t max_extension_bytes, max_trailer_bytes;
};

/* What was wrong, for the peer and for the log. */
struct http_fault {
	unsigned status; /* a server's answer to it */
	const char *why; /* a static sentence */
};

enum status http_fault_set(struct http_fault *f, enum status st,
			   unsigned status, const char *why);

/* HTTP_METHOD_OTHER for names that are no row. */
enum http_method http_method_of(struct slice name);

/* What the headers that bear on framing and routing say. */
struct http_seen {
	const struct http_header *host, *length, *coding, *expect; /* or NULL */
	uint64_t content_length;
	/* More than one is there; what is no number. */
	bool host_again, length_again, coding_again, expect_again;
	bool length_bad;
	bool close, keep_alive, others; /* in Connection */
	size_t options;                 /* in it, as far as they are counted */
};

/* Notes a header of a head, in order; those with an id below
 * HTTP_NAME_CONTENT_LENGTH change nothing. It must outlive `s`, which begins
 * as zeros. */
void http_see(struct http_seen *s, const struct http_header *h);

/* Empty for HTTP_METHOD_OTHER. */
struct slice http_method_name(enum http_method m);

/* Reads `head`, from its first line to the empty one: lines that end in
 * CRLF and of which none is folded. The slices point into it. `header` has room
 * for `room` of them. */
MUST_USE enum status http_head_read(enum http_side side, struct slice head,
				    const struct http_limits *limits,
				    struct http_header *header, size_t room,
				    struct http_head *out,
				    struct http_seen *seen,
				    struct http_fault *fault);
/* What the headers say together: version, Host, framing. `seen`: of all of
 * them. `no_body`: the answer to a HEAD. */
MUST_USE enum status http_head_judge(enum http_side side, bool no_body,
				     const struct http_seen *seen,
				     struct http_head *h,
				     struct http_fault *fault);

/* "host", "host:port" or "[v6]:port", with no user, list or blank. */
bool http_is_authority(struct slice s);

#endif
